package server

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"time"

	"relook/agent"
	"relook/preview"
	"relook/server/engine"
)

// A Config is what a server is made of. All funcs but Alive are required.
type Config struct {
	Version string       // of relook, for people
	Log     *slog.Logger // beside the client's own log; nil for silence
	// Settings reads what is configured for a folder: the person's own file, the
	// folder's relook.toml, and then what the client says, later ones winning. dir
	// is "" where there is no folder. What can't be taken is left as it was and
	// named in an error each.
	Settings func(dir string, client []json.RawMessage) (Settings, []error)
	// Root is the folder that a file is rendered in which lies in none of the
	// editor's folders.
	Root func(file string) string
	// Open gives the files of a folder.
	Open func(dir string) (Disk, error)
	// Browser makes what renders. Nothing is started before it is first used.
	Browser func(Settings) (Browser, error)
	// Policies makes those that the settings name, and a func that lets go of
	// them. say is told what is going on.
	Policies func(ctx context.Context, s Settings, say func(string)) ([]agent.Policy, func() error, error)
	// Models lists the models that are installed.
	Models func(ctx context.Context, s Settings) ([]string, error)
	// Idle is how long a browser that nobody uses is kept; 0 for engine.DefaultIdle.
	Idle time.Duration
	// Alive reports whether a process runs; nil asks the system.
	Alive func(pid int) bool
}

// A Browser renders pages until it is closed.
type Browser = engine.Browser

// A Disk is the files of a folder.
type Disk interface {
	// Snapshot is the files as they are now: each stays as it was when it was
	// first read.
	Snapshot() fs.FS
	Close() error
}

// What is done when a document is saved.
const (
	OnSaveOff      = "off"      // nothing
	OnSaveDiagnose = "diagnose" // look thoroughly; the default
	OnSaveSuggest  = "suggest"  // and look for repairs, and offer them
	OnSaveApply    = "apply"    // and apply them to the buffer, if it was not changed meanwhile
)

// Settings are what is configured for a folder. Zero values mean the defaults.
type Settings struct {
	Views      []preview.View
	Moments    []time.Duration
	Timeout    time.Duration
	AllowHosts []string
	Rules      map[string]preview.RuleSetting
	Passes     int
	Profile    preview.Profile // of a saved page; default ProfileStandard
	Policies   []string        // "rules", "ollama"; default rules
	Model      string

	OnSave     string
	Debounce   time.Duration // how long typing must rest before a page is rendered; default defaultDebounce
	MaxDefects int           // most diagnostics of a page; default 50
	CodeLens   bool
	Confirm    bool // the client asks before each repair
	// Pages says which pages a file belongs to, by pattern of its path.
	Pages map[string][]string

	// Parts is what Config's funcs need of them. Settings with the same BrowserKey
	// may share a browser.
	Parts      any
	BrowserKey string
}

const defaultDebounce = 150 * time.Millisecond

func (s Settings) defaulted() Settings {
	if s.OnSave == "" {
		s.OnSave = OnSaveDiagnose
	}
	if s.Debounce <= 0 {
		s.Debounce = defaultDebounce
	}
	if s.MaxDefects <= 0 {
		s.MaxDefects = 50
	}
	if s.Profile == "" {
		s.Profile = preview.ProfileStandard
	}
	if len(s.Policies) == 0 {
		s.Policies = []string{"rules"}
	}
	return s
}

// render are the options of a render in a profile.
func (s Settings) render(p preview.Profile, trusted bool) preview.RenderOptions {
	return preview.RenderOptions{
		Views: s.Views, Moments: s.Moments, Timeout: s.Timeout, AllowHosts: s.AllowHosts,
		Rules: s.Rules, Profile: p, NoScripts: !trusted,
	}.Defaulted()
}

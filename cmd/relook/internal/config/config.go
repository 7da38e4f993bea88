// Package config reads relook.toml. Settings come from three places, later ones
// win: the person's own file, the file of the workspace or the one named with
// --config, and the flags.
package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"relook/agent/model"
	"relook/preview"
)

// Name is what a configuration file is called.
const Name = "relook.toml"

// maxBytes is the largest configuration file that is read.
const maxBytes = 1 << 20

// Settings is what a configuration file can say. The tags are the keys that
// people write; `relook help config` explains each.
type Settings struct {
	Views      []string `toml:"views"`
	At         []string `toml:"at"`
	Timeout    string   `toml:"timeout"`
	AllowHosts []string `toml:"allow_hosts"`
	Policy     []string `toml:"policy"`
	Passes     int      `toml:"passes"`
	Browser    struct {
		Path string `toml:"path"`
	} `toml:"browser"`
	Model struct {
		Name     string `toml:"name"`
		Host     string `toml:"host"`
		Endpoint string `toml:"endpoint"`
	} `toml:"model"`
	// Traces says what is kept of each refinement.
	Traces struct {
		Off   *bool `toml:"off"`
		Count int   `toml:"count"`
		MB    int   `toml:"mb"`
	} `toml:"traces"`
	Profile string `toml:"profile"`
	// Pages names by pattern of a file's path the pages that it belongs to, for
	// editors: what is found by following references needs no word.
	Pages map[string][]string `toml:"pages"`
	// Editor is for the language server.
	Editor struct {
		OnSave     string `toml:"on_save"`
		Debounce   string `toml:"debounce"`
		MaxDefects int    `toml:"max_defects"`
		CodeLens   *bool  `toml:"code_lens"`
		Confirm    *bool  `toml:"confirm"`
	} `toml:"editor"`
	// Rules holds "off", the rules that are switched off, and by rule id either
	// "off" or a severity, or a table of thresholds with "severity".
	Rules map[string]any `toml:"rules"`
}

// A Config is settings that were checked. Zero values mean relook's defaults.
type Config struct {
	Views       []preview.View
	Moments     []time.Duration
	Timeout     time.Duration
	AllowHosts  []string
	Policies    []string // "rules", "ollama", "openai"
	Passes      int
	BrowserPath string
	ModelName   string
	ModelHost   string
	// ModelEndpoint is the address of an OpenAI-compatible server.
	ModelEndpoint string
	// ModelFormat and ModelSamples are for measuring; zero takes what suits the
	// model.
	ModelFormat  model.Format
	ModelSamples int
	// TracesOff keeps no traces; TraceCount and TraceMB bound those that are kept.
	TracesOff  bool
	TraceCount int
	TraceMB    int
	Profile    preview.Profile
	Rules      map[string]preview.RuleSetting
	Pages      map[string][]string
	Editor     Editor
}

// Load reads the settings for a workspace. named is the value of --config, ""
// to take relook.toml of the folder dir if it is there. The person's own file,
// own, is read first; it need not exist. A file that relook found by itself may
// not choose what runs on this machine or where pages are sent: browser.path
// and a model.host on another machine count only in the person's own file or in
// one that was named.
func Load(own, dir, named string) (Config, error) {
	var c Config
	if own != "" {
		if err := c.readFile(own, true, true); err != nil {
			return c, err
		}
	}
	if named != "" {
		return c, c.readFile(named, false, true)
	}
	return c, c.readFile(filepath.Join(dir, Name), true, false)
}

// Own is the path of the person's own configuration file, "" where the system
// has no place for one.
func Own() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "relook", Name)
}

func (c *Config) readFile(file string, optional, trusted bool) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && optional:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return bad(file, "no such file", "check the path given with --config")
	case err != nil:
		return fmt.Errorf("reading the configuration: %w", err)
	case !info.Mode().IsRegular():
		return bad(file, "is not a file", "name a "+Name)
	case info.Size() > maxBytes:
		return bad(file, "is larger than 1 MB", "name a "+Name)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	return c.read(file, b, trusted)
}

func bad(file, what, mend string) error {
	return &preview.InputError{File: file, What: what, Mend: mend}
}

func (c *Config) read(file string, b []byte, trusted bool) error {
	var s Settings
	dec := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return decodeError(file, err)
	}
	if !trusted {
		if err := s.checkFound(file); err != nil {
			return err
		}
	}
	if err := c.apply(s); err != nil {
		return bad(file, err.Error(), "see `relook help config`")
	}
	return nil
}

func decodeError(file string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		line, _ := e.Position()
		return bad(fmt.Sprintf("%s:%d", file, line),
			fmt.Sprintf("there is no setting %q", strings.Join(e.Key(), ".")), "see `relook help config`")
	}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, column := syntax.Position()
		return bad(fmt.Sprintf("%s:%d:%d", file, line, column),
			strings.TrimPrefix(syntax.Error(), "toml: "), "see `relook help config`")
	}
	return fmt.Errorf("reading %s: %w", file, err)
}

func (s Settings) checkFound(file string) error {
	mend := "put it into your own settings, " + Own() + ", or name this file with --config"
	if s.Browser.Path != "" {
		return bad(file, "browser.path chooses a program to run, which a workspace may not", mend)
	}
	for key, address := range map[string]string{"model.host": s.Model.Host, "model.endpoint": s.Model.Endpoint} {
		if address != "" && !loopback(address) {
			return bad(file, key+" sends pages to another machine, which a workspace may not choose", mend)
		}
	}
	return nil
}

func loopback(host string) bool {
	if !strings.Contains(host, "://") {
		host = "http://" + host
	}
	u, err := url.Parse(host)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// apply checks the settings that are set and lays them over c.
func (c *Config) apply(s Settings) error {
	if err := c.applyLooking(s); err != nil {
		return err
	}
	if len(s.Policy) > 0 {
		if err := c.SetPolicies(s.Policy); err != nil {
			return err
		}
	}
	if s.Passes != 0 {
		if err := c.SetPasses(s.Passes); err != nil {
			return err
		}
	}
	c.BrowserPath = or(s.Browser.Path, c.BrowserPath)
	c.ModelName = or(s.Model.Name, c.ModelName)
	c.ModelHost = or(s.Model.Host, c.ModelHost)
	c.ModelEndpoint = or(s.Model.Endpoint, c.ModelEndpoint)
	if err := c.applyTraces(s); err != nil {
		return err
	}
	if s.AllowHosts != nil {
		c.AllowHosts = s.AllowHosts
	}
	if s.Profile != "" {
		if err := c.SetProfile(s.Profile); err != nil {
			return err
		}
	}
	if err := c.applyEditor(s); err != nil {
		return err
	}
	return c.setRules(s.Rules)
}

func (c *Config) applyTraces(s Settings) error {
	const most = 100_000
	if s.Traces.Count < 0 || s.Traces.Count > most || s.Traces.MB < 0 || s.Traces.MB > most {
		return fmt.Errorf("traces.count and traces.mb are not from 1 to %d", most)
	}
	if s.Traces.Off != nil {
		c.TracesOff = *s.Traces.Off
	}
	c.TraceCount = cmp.Or(s.Traces.Count, c.TraceCount)
	c.TraceMB = cmp.Or(s.Traces.MB, c.TraceMB)
	return nil
}

func (c *Config) applyLooking(s Settings) error {
	if len(s.Views) > 0 {
		if err := c.SetViews(strings.Join(s.Views, ",")); err != nil {
			return err
		}
	}
	if len(s.At) > 0 {
		if err := c.SetMoments(strings.Join(s.At, ",")); err != nil {
			return err
		}
	}
	if s.Timeout != "" {
		d, err := time.ParseDuration(s.Timeout)
		if err != nil {
			return fmt.Errorf("timeout %q is not a time such as 10s", s.Timeout)
		}
		return c.SetTimeout(d)
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// The most views and moments that one run looks at.
const (
	maxViews   = 20
	maxMoments = 20
)

// SetViews sets the views from a list such as "390x844,1280x800".
func (c *Config) SetViews(list string) error {
	v, err := preview.ParseViews(list)
	if err == nil && len(v) > maxViews {
		err = fmt.Errorf("%d views are more than the %d that relook looks at in one run", len(v), maxViews)
	}
	if err == nil {
		c.Views = v
	}
	return err
}

// SetMoments sets the moments from a list such as "0s,1s,2s".
func (c *Config) SetMoments(list string) error {
	m, err := preview.ParseMoments(list)
	if err == nil && len(m) > maxMoments {
		err = fmt.Errorf("%d moments are more than the %d that relook looks at in one run", len(m), maxMoments)
	}
	if err == nil {
		c.Moments = m
	}
	return err
}

// SetTimeout sets the wall time for one view, 100 ms to 10 minutes.
func (c *Config) SetTimeout(d time.Duration) error {
	if d < 100*time.Millisecond || d > 10*time.Minute {
		return fmt.Errorf("timeout %s is not from 100ms to 10m", d)
	}
	c.Timeout = d
	return nil
}

// SetPolicies sets who proposes repairs, in order.
func (c *Config) SetPolicies(names []string) error {
	var list []string
	for _, n := range names {
		n = strings.TrimSpace(n)
		if n != "rules" && n != "ollama" && n != "openai" {
			return fmt.Errorf("policy %q is not rules, ollama or openai", n)
		}
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	c.Policies = list
	return nil
}

// SetPasses sets the most passes of a refinement, 1 to 10.
func (c *Config) SetPasses(n int) error {
	if n < 1 || n > 10 {
		return fmt.Errorf("passes %d is not from 1 to 10", n)
	}
	c.Passes = n
	return nil
}

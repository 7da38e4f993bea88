package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pelletier/go-toml/v2"
)

// Editor is what is configured for the language server alone. Zero values mean
// its defaults.
type Editor struct {
	OnSave     string // "off", "diagnose", "suggest", "apply"
	Debounce   time.Duration
	MaxDefects int
	CodeLens   bool
	Confirm    bool
}

func (c *Config) applyEditor(s Settings) error {
	if s.Editor.OnSave != "" {
		if err := c.SetOnSave(s.Editor.OnSave); err != nil {
			return err
		}
	}
	if s.Editor.Debounce != "" {
		d, err := time.ParseDuration(s.Editor.Debounce)
		if err != nil || d < 0 || d > 10*time.Second {
			return fmt.Errorf("editor.debounce %q is not a time from 0s to 10s", s.Editor.Debounce)
		}
		c.Editor.Debounce = d
	}
	if n := s.Editor.MaxDefects; n != 0 {
		if n < 1 || n > 1000 {
			return fmt.Errorf("editor.max_defects %d is not from 1 to 1000", n)
		}
		c.Editor.MaxDefects = n
	}
	if s.Editor.CodeLens != nil {
		c.Editor.CodeLens = *s.Editor.CodeLens
	}
	if s.Editor.Confirm != nil {
		c.Editor.Confirm = *s.Editor.Confirm
	}
	return c.setPages(s.Pages)
}

// SetOnSave sets what the language server does when a document is saved.
func (c *Config) SetOnSave(mode string) error {
	if !slices.Contains([]string{"off", "diagnose", "suggest", "apply"}, mode) {
		return fmt.Errorf("on_save %q is not off, diagnose, suggest or apply", mode)
	}
	c.Editor.OnSave = mode
	return nil
}

func (c *Config) setPages(pages map[string][]string) error {
	for _, pattern := range slices.Sorted(maps.Keys(pages)) {
		if !doublestar.ValidatePattern(pattern) {
			return fmt.Errorf("pages: %q is no pattern", pattern)
		}
		for _, page := range pages[pattern] {
			if !fs.ValidPath(page) {
				return fmt.Errorf("pages: %q is not the path of a file below the workspace", page)
			}
		}
	}
	if pages != nil {
		c.Pages = pages
	}
	return nil
}

// Client lays the settings that an editor sends over c, each by itself: one that
// can't be taken is named in an error and does not keep the others from counting.
// They are written as in relook.toml, or in camel case and with the editor's own
// ones at the top, as editors do: {"onSave": "suggest", "model": {"name": "x"}}.
func (c *Config) Client(raw json.RawMessage) []error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return []error{errors.New("the editor's settings are not an object")}
	}
	var bad []error
	for _, key := range slices.Sorted(maps.Keys(all)) {
		value := all[key]
		if string(value) == "null" || clientOnly[key] {
			continue
		}
		if err := c.one(snake(key), value); err != nil {
			bad = append(bad, fmt.Errorf("setting relook.%s: %w", key, err))
		}
	}
	return bad
}

// clientOnly are settings that an editor's plugin keeps for itself.
var clientOnly = map[string]bool{"path": true, "trace": true, "enable": true, "l10n": true, "args": true}

var editorKeys = []string{"on_save", "debounce", "max_defects", "code_lens", "confirm"}

func (c *Config) one(key string, value json.RawMessage) error {
	if slices.Contains(editorKeys, key) {
		value, key = json.RawMessage(fmt.Sprintf("{%q:%s}", key, value)), "editor"
	}
	var plain any
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&plain); err != nil {
		return err
	}
	doc, err := toml.Marshal(map[string]any{key: snaked(key, numbers(plain))})
	if err != nil {
		return err
	}
	next := *c
	err = next.read("settings", doc, true)
	if err == nil {
		*c = next
		return nil
	}
	_, text, _ := strings.Cut(err.Error(), ": ")
	text = strings.TrimSuffix(text, ": see `relook help config`")
	return errors.New(text)
}

// snaked writes the keys of a setting as relook.toml does. Those of rules and
// pages are names and not settings.
func snaked(key string, value any) any {
	table, ok := value.(map[string]any)
	if !ok || key == "rules" || key == "pages" {
		return value
	}
	out := map[string]any{}
	for k, v := range table {
		out[snake(k)] = v
	}
	return out
}

func snake(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// numbers are values with whole numbers as such, which TOML tells from others.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

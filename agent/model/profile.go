package model

import (
	"fmt"
	"strconv"
	"strings"
)

// Format is a way in which a model says what is to change.
type Format string

// The formats.
const (
	// FormatPatch chooses among numbered rules and properties, bound to a grammar.
	FormatPatch Format = "patch"
	// FormatBlocks writes SEARCH/REPLACE blocks.
	FormatBlocks Format = "blocks"
	// FormatFile writes the whole file anew.
	FormatFile Format = "file"
	// FormatRepair is the short form that relook's own policy was trained with. No
	// other model knows it, so it is nobody's to choose.
	FormatRepair Format = "repair"
)

// Formats lists the formats, the shortest answers first.
func Formats() []Format { return []Format{FormatPatch, FormatBlocks, FormatFile} }

// A Profile is how a model is best asked.
type Profile struct {
	// Only is set when one format is used for everything; "" patches, and
	// rewrites where patches can't say it.
	Only Format
	// Rewrite is how the model answers an instruction in words.
	Rewrite Format
	// AlsoRewrite asks for a rewrite once for repairs too, after the patches.
	AlsoRewrite bool
	// Samples is the most replies that one call of Propose asks for.
	Samples int
	// Temperature of all replies but the first of a refinement, which is greedy.
	Temperature float64
	// Context is the context length in tokens. It is fixed for a model: Ollama
	// loads the model anew when it changes.
	Context int
	// DraftTokens is the longest page that the model is asked to write.
	DraftTokens int
}

// profiles holds what suits a family up to a size; the first that fits counts.
// Small models don't follow SEARCH/REPLACE (measured with Qwen2.5-Coder 0.5B
// and 1.5B); a longer context costs memory and is of use only to models that
// can hold a whole page.
var profiles = []struct {
	family string  // prefix of the family; "" is any
	upTo   float64 // billions of parameters
	Profile
}{
	{"smollm", 1, Profile{Rewrite: FormatFile, Samples: 6, Temperature: 0.8, Context: 4096, DraftTokens: 2048}},
	{"qwen2", 1, Profile{Rewrite: FormatFile, Samples: 10, Temperature: 0.8, Context: 4096, DraftTokens: 3072}},
	{"qwen2", 4, Profile{Rewrite: FormatFile, Samples: 8, Temperature: 0.7, Context: 4096, DraftTokens: 3072}},
	{"qwen", 16, Profile{Rewrite: FormatBlocks, AlsoRewrite: true, Samples: 8, Temperature: 0.6, Context: 16384, DraftTokens: 8192}},
	{"gemma", 4, Profile{Rewrite: FormatFile, Samples: 6, Temperature: 0.9, Context: 8192, DraftTokens: 4096}},
	{"llama", 4, Profile{Rewrite: FormatFile, Samples: 6, Temperature: 0.6, Context: 8192, DraftTokens: 4096}},
	{"", 1, Profile{Rewrite: FormatFile, Samples: 6, Temperature: 0.8, Context: 4096, DraftTokens: 2048}},
	{"", 4, Profile{Rewrite: FormatFile, Samples: 8, Temperature: 0.6, Context: 4096, DraftTokens: 3072}},
	{"", 16, Profile{Rewrite: FormatBlocks, AlsoRewrite: true, Samples: 8, Temperature: 0.5, Context: 16384, DraftTokens: 8192}},
	{"", 1e6, Profile{Rewrite: FormatBlocks, AlsoRewrite: true, Samples: 6, Temperature: 0.4, Context: 16384, DraftTokens: 8192}},
}

// RepairProfile is that of the policy that relook trains, whatever it was made
// of.
func RepairProfile() Profile {
	return Profile{Only: FormatRepair, Rewrite: FormatFile, Samples: 8, Temperature: 1, Context: 2048, DraftTokens: 1024}
}

// ProfileFor is the profile of a model by its family, such as "qwen2", and its
// size in billions of parameters. A family that is unknown is judged by the
// size alone; a size that is 0 is unknown too, and the model is asked like a
// small one, which every model can answer.
func ProfileFor(family string, billions float64) Profile {
	if billions <= 0 {
		billions = 4
	}
	for _, row := range profiles {
		if strings.HasPrefix(strings.ToLower(family), row.family) && billions <= row.upTo {
			return row.Profile
		}
	}
	return profiles[len(profiles)-1].Profile
}

// Billions reads a size such as "1.5B" or "134.52M" in billions; 0 if unknown.
func Billions(s string) float64 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	if err != nil || n < 0 {
		return 0
	}
	switch s[len(s)-1] {
	case 'B', 'b':
		return n
	case 'M', 'm':
		return n / 1000
	}
	return 0
}

// Wishes are what a person chose in place of what suits the model; a zero field
// chooses nothing.
type Wishes struct {
	Format      Format
	Samples     int     // 1 to 40
	Temperature float64 // at most 2
	Context     int     // 1024 to 1048576 tokens
}

// With lays what the person chose over the profile.
func (p Profile) With(w Wishes) Profile {
	if w.Format != "" && p.Only != FormatRepair {
		p.Only = w.Format
		if w.Format != FormatPatch {
			p.Rewrite = w.Format
		}
	}
	if w.Samples > 0 {
		p.Samples = w.Samples
	}
	if w.Temperature > 0 {
		p.Temperature = w.Temperature
	}
	if w.Context > 0 {
		p.Context = w.Context
		p.DraftTokens = min(p.DraftTokens, w.Context*3/4)
	}
	return p
}

// Check says what of the wishes can't be had.
func (w Wishes) Check() error {
	switch {
	case w.Samples < 0 || w.Samples > 40:
		return fmt.Errorf("samples is %d, not 1 to 40", w.Samples)
	case w.Temperature < 0 || w.Temperature > 2:
		return fmt.Errorf("temperature is %g, not 0 to 2", w.Temperature)
	case w.Context != 0 && (w.Context < 1024 || w.Context > 1<<20):
		return fmt.Errorf("num_ctx is %d, not 1024 to 1048576", w.Context)
	}
	switch w.Format {
	case "", FormatPatch, FormatBlocks, FormatFile:
		return nil
	}
	return fmt.Errorf("format %q is not one of patch, blocks, file", w.Format)
}

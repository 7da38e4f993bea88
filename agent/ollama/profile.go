package ollama

import (
	"strconv"
	"strings"

	"github.com/ollama/ollama/api"
)

// A profile is how a model is best asked.
type profile struct {
	// rewrite is how it answers an instruction in words. With alsoRewrite it
	// is asked that way once for repairs too, after the patches.
	rewrite     Format
	alsoRewrite bool
	only        Format // set when the person chose one format for everything
	samples     int
	temperature float64
	numCtx      int
}

// profiles holds what suits a family up to a size; the first that fits counts.
// Small models don't follow SEARCH/REPLACE (measured with Qwen2.5-Coder 0.5B
// and 1.5B); a longer context costs memory and is of use only to models that
// can hold a whole page.
var profiles = []struct {
	family string  // prefix of the family that Ollama reports; "" is any
	upTo   float64 // billions of parameters
	profile
}{
	{"qwen2", 1, profile{rewrite: FormatFile, samples: 10, temperature: 0.8, numCtx: 4096}},
	{"qwen2", 4, profile{rewrite: FormatFile, samples: 8, temperature: 0.7, numCtx: 4096}},
	{"", 1, profile{rewrite: FormatFile, samples: 6, temperature: 0.8, numCtx: 4096}},
	{"", 4, profile{rewrite: FormatFile, samples: 8, temperature: 0.6, numCtx: 4096}},
	{"", 16, profile{rewrite: FormatBlocks, alsoRewrite: true, samples: 8, temperature: 0.5, numCtx: 16384}},
	{"", 1e6, profile{rewrite: FormatBlocks, alsoRewrite: true, samples: 6, temperature: 0.4, numCtx: 16384}},
}

func profileFor(d api.ModelDetails) profile {
	size := params(d.ParameterSize)
	if size == 0 {
		size = 4 // unknown: asked like a small one, which every model can answer
	}
	for _, row := range profiles {
		if strings.HasPrefix(d.Family, row.family) && size <= row.upTo {
			return row.profile
		}
	}
	return profiles[len(profiles)-1].profile
}

// with lays what the person chose over the profile.
func (p profile) with(c Config) profile {
	if c.Format != "" {
		p.only = c.Format
		if c.Format != FormatPatch {
			p.rewrite = c.Format
		}
	}
	if c.Samples > 0 {
		p.samples = c.Samples
	}
	if c.Temperature > 0 {
		p.temperature = c.Temperature
	}
	if c.NumCtx > 0 {
		p.numCtx = c.NumCtx
	}
	return p
}

// params reads a size such as "1.5B" or "134.52M" in billions; 0 if unknown.
func params(s string) float64 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	if err != nil || n < 0 {
		return 0
	}
	switch s[len(s)-1] {
	case 'B':
		return n
	case 'M':
		return n / 1000
	}
	return 0
}

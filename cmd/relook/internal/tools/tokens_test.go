package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ollama/ollama/fs/gguf"

	"relook/agent/train/tokens"
)

// huggingFace is the tokenizer that the model's makers use, pinned.
const huggingFace = "tokenizers==0.23.3"

// compare reads a tokenizer.json and texts, and writes their tokens.
const compare = `import json, sys
from tokenizers import Tokenizer
t = Tokenizer.from_file(sys.argv[1])
texts = json.load(open(sys.argv[2]))
json.dump([e.ids for e in t.encode_batch(texts, add_special_tokens=False)], open(sys.argv[3], "w"))
`

// What relook makes of a text is what the model's own tokenizer makes of it,
// token for token, over 10,000 pieces of pages and of everything else that a page
// may hold, the chat template included.
func TestTokensSameAsHuggingFace(t *testing.T) {
	made, err := New(Config{FindBrowser: func(context.Context) (Browser, error) { return Browser{}, os.ErrNotExist }})
	if err != nil {
		t.Fatal(err)
	}
	file, err := made.BaseFile("smollm2:135m")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokens.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	texts := pieces(t, 10_000)
	want := reference(t, file, texts)
	wrong := 0
	for i, text := range texts {
		got, err := tok.Encode(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !slices.Equal(got, want[i]) {
			if wrong++; wrong < 5 {
				t.Errorf("%q becomes %v, not %v", text, got, want[i])
			}
		}
		if back, err := tok.Decode(got); err != nil || back != text {
			t.Fatalf("%q comes back as %q: %v", text, back, err)
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d pieces differ", wrong, len(texts))
	}
	ids, err := tok.Chat([]tokens.Message{{Role: "user", Content: texts[7]}})
	if err != nil {
		t.Fatal(err)
	}
	chat := "<|im_start|>user\n" + texts[7] + "<|im_end|>\n<|im_start|>assistant\n"
	if w := reference(t, file, []string{chat})[0]; !slices.Equal(ids, w) {
		t.Errorf("the conversation becomes %v, not %v", ids, w)
	}
	if _, err := tok.Chat([]tokens.Message{{Role: "user", Content: "a<|im_end|>b"}}); err == nil {
		t.Error("a page may end its message")
	}
}

// pieces cuts pages at random places, and adds what pages seldom hold.
func pieces(t *testing.T, n int) []string {
	t.Helper()
	var sources []string
	for _, pattern := range []string{"clean/*.html", "clean/*.css", "diagnose/*.txtar", "gate/*.txtar"} {
		names, err := filepath.Glob(filepath.Join("../../../../testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, strings.ToValidUTF8(string(b), ""))
		}
	}
	if len(sources) < 15 {
		t.Fatalf("only %d sources", len(sources))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	odd := []string{" ", "  ", "\t", "\n\n", "\r\n", "\u00a0", "\u2003", "\u0085", "\u200b", "aaaaaaa", "'s", "'LL", "1", "12", "½", "Ⅷ", "٣", "é", "日本語", "🙂🏽", "\u00ad", "!!!", "—", "ﬁ", "\x00", "\x7f"}
	var list []string
	for len(list) < n {
		s := sources[rnd.IntN(len(sources))]
		from := rnd.IntN(len(s))
		text := s[from:min(from+1+rnd.IntN(200), len(s))]
		if len(list)%4 == 0 {
			for range 1 + rnd.IntN(6) {
				text += odd[rnd.IntN(len(odd))]
			}
		}
		if text = strings.ToValidUTF8(text, ""); text != "" {
			list = append(list, text)
		}
	}
	return list
}

func reference(t *testing.T, file string, texts []string) [][]int {
	t.Helper()
	f, err := gguf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, err := tokens.VocabularyOf(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, value any) string {
		b, err := json.Marshal(value)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	out := filepath.Join(dir, "out.json")
	cmd := exec.Command("python3", "-c", compare, write("tokenizer.json", v.HuggingFace()), write("texts.json", texts), out)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+pythonPackage(t, huggingFace))
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("asking Hugging Face's tokenizer: %v\n%s", err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var ids [][]int
	if err := json.Unmarshal(b, &ids); err != nil || len(ids) != len(texts) {
		t.Fatalf("%d of %d texts came back: %v", len(ids), len(texts), err)
	}
	return ids
}

// pythonPackage gets a package once into relook's cache.
func pythonPackage(t *testing.T, pinned string) string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "pip", strings.ReplaceAll(pinned, "==", "-"))
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return dir
	}
	args := []string{"-m", "pip", "install", "--no-deps", "--only-binary=:all:", "--upgrade", "--disable-pip-version-check", "--quiet", "--target", dir, pinned}
	if out, err := exec.Command("python3", args...).CombinedOutput(); err != nil {
		t.Fatalf("getting %s: %v\n%s", pinned, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "complete"), []byte(fmt.Sprintln(pinned)), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

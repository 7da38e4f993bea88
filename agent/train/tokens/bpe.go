package tokens

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dlclark/regexp2"
	"github.com/ollama/ollama/fs/gguf"
)

// splits are the ways in which text is split before merging, by their name in
// GGUF files. "smollm" takes every digit by itself, then splits what is between
// digits as GPT-2 does; a single pattern says the same, with white space before a
// digit standing at an end.
var splits = map[string]string{
	"smollm": `\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^` + space + `\p{L}\p{N}]+|[` + space + `]+(?![^` + space + `\p{N}])|[` + space + `]+`,
}

// space is the white space of Unicode, which \s of the library falls short of.
const space = `\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`

// A Tokenizer turns text into tokens and back. It is safe for use by several
// goroutines.
type Tokenizer struct {
	EOS int // ends a message

	vocabulary Vocabulary
	ids        map[string]int
	ranks      map[[2]string]int
	special    []string // longest first
	split      *regexp2.Regexp

	mu    sync.Mutex
	cache map[string][]int // of pieces seen before
}

// Open reads the tokenizer of a GGUF file.
func Open(file string) (*Tokenizer, error) {
	f, err := gguf.Open(file)
	if err != nil {
		return nil, fmt.Errorf("opening the base model: %w", err)
	}
	defer f.Close()
	v, err := VocabularyOf(f)
	if err != nil {
		return nil, err
	}
	return New(v)
}

// New makes the tokenizer of a vocabulary.
func New(v Vocabulary) (*Tokenizer, error) {
	split, err := regexp2.Compile(splits[v.Pre], regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("reading how text is split: %w", err)
	}
	t := &Tokenizer{EOS: v.EOS, vocabulary: v, ids: map[string]int{}, ranks: map[[2]string]int{}, split: split, cache: map[string][]int{}}
	for id, s := range v.Tokens {
		t.ids[s] = id
	}
	for rank, m := range v.Merges {
		left, right, ok := strings.Cut(m, " ")
		if !ok {
			return nil, fmt.Errorf("the merge %q has no two parts", m)
		}
		t.ranks[[2]string{left, right}] = rank
	}
	for _, id := range v.Special {
		t.special = append(t.special, v.Tokens[id])
	}
	slices.SortFunc(t.special, func(a, b string) int { return len(b) - len(a) })
	return t, nil
}

// Size is the number of tokens.
func (t *Tokenizer) Size() int { return len(t.vocabulary.Tokens) }

// Encode turns text into tokens. Special tokens that stand in it are taken as
// such: what comes from a page must be cleaned of them before.
func (t *Tokenizer) Encode(text string) ([]int, error) {
	var out []int
	for text != "" {
		at, found := len(text), ""
		for _, s := range t.special {
			if i := strings.Index(text, s); i >= 0 && i < at {
				at, found = i, s
			}
		}
		ids, err := t.plain(text[:at])
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
		if found != "" {
			out = append(out, t.ids[found])
		}
		text = text[at+len(found):]
	}
	return out, nil
}

// plain encodes text without special tokens.
func (t *Tokenizer) plain(text string) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	var out []int
	m, err := t.split.FindStringMatch(strings.ToValidUTF8(text, "\uFFFD"))
	for ; m != nil && err == nil; m, err = t.split.FindNextMatch(m) {
		ids, err := t.piece(m.String())
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	if err != nil {
		return nil, fmt.Errorf("splitting text: %w", err)
	}
	return out, nil
}

// maxCache bounds the pieces that are remembered.
const maxCache = 1 << 16

func (t *Tokenizer) piece(s string) ([]int, error) {
	t.mu.Lock()
	ids, known := t.cache[s]
	t.mu.Unlock()
	if known {
		return ids, nil
	}
	for _, part := range t.merge(s) {
		id, ok := t.ids[part]
		if !ok {
			return nil, fmt.Errorf("the vocabulary has no token for %q", part)
		}
		ids = append(ids, id)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.cache) < maxCache {
		t.cache[s] = ids
	}
	return ids, nil
}

// merge joins the bytes of a piece, the strongest pair first and of equals the
// leftmost.
func (t *Tokenizer) merge(s string) []string {
	parts := make([]string, 0, len(s))
	for i := range len(s) {
		parts = append(parts, string(letterOf[s[i]]))
	}
	for len(parts) > 1 {
		best, at := len(t.ranks), -1
		for i := range len(parts) - 1 {
			if rank, ok := t.ranks[[2]string{parts[i], parts[i+1]}]; ok && rank < best {
				best, at = rank, i
			}
		}
		if at < 0 {
			break
		}
		parts[at] += parts[at+1]
		parts = slices.Delete(parts, at+1, at+2)
	}
	return parts
}

// Decode turns tokens into text. Bytes that are no whole character are kept.
func (t *Tokenizer) Decode(ids []int) (string, error) {
	var b strings.Builder
	for _, id := range ids {
		if id < 0 || id >= len(t.vocabulary.Tokens) {
			return "", fmt.Errorf("the vocabulary has no token %d: is the engine's model another one?", id)
		}
		if slices.Contains(t.vocabulary.Special, id) {
			b.WriteString(t.vocabulary.Tokens[id])
			continue
		}
		for _, r := range t.vocabulary.Tokens[id] {
			b.WriteByte(byteOf[r])
		}
	}
	return b.String(), nil
}

// letterOf writes each byte as a letter that can be seen, as GPT-2 does; byteOf
// is the way back.
var letterOf, byteOf = func() (letters [256]rune, bytes map[rune]byte) {
	bytes = map[rune]byte{}
	next := rune(256)
	for i := range 256 {
		r := rune(i)
		if i < '!' || i > '~' && i < 0xa1 || i == 0xad {
			r = next
			next++
		}
		letters[i], bytes[r] = r, byte(i)
	}
	return letters, bytes
}()

// A Message is one of a conversation.
type Message struct{ Role, Content string }

var errMarks = errors.New("the message holds a mark that separates speakers")

// Chat encodes a conversation as Ollama's template does, up to where the
// assistant begins to speak. Contents must be free of the marks that separate the
// speakers.
func (t *Tokenizer) Chat(messages []Message) ([]int, error) {
	var b strings.Builder
	for _, m := range messages {
		if slices.ContainsFunc(t.special, func(s string) bool { return strings.Contains(m.Content, s) }) {
			return nil, errMarks
		}
		b.WriteString("<|im_start|>" + m.Role + "\n" + m.Content + "<|im_end|>\n")
	}
	b.WriteString("<|im_start|>assistant\n")
	return t.Encode(b.String())
}

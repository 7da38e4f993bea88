package chrome

import (
	"testing"

	"relook/preview"
)

const stateful = `-- index.html --
<!doctype html><html lang="en"><head><title>t</title><style>
a, button, .card { background: rgb(255, 255, 255); transition: background 2s }
a:hover, button:hover { background: rgb(255, 0, 0) } a:focus-visible { background: rgb(0, 0, 255) }
.card:hover, .card:hover > a { background: rgb(0, 255, 0) }
</style></head><body><form><input name="querySelectorAll"></form>
<div class="card"><a href="#x">Link</a></div><button>Buy</button>
<script>setTimeout(() => {
  const late = document.createElement("button");
  late.textContent = "Late";
  late.id = "late";
  document.body.append(late);
}, 500)</script></body></html>`

func TestForcedState(t *testing.T) {
	const look = `() => ["a", ".card", "#late", "button"].map((s) => getComputedStyle(document.body.querySelector(s)).backgroundColor).join(" ")`
	white, red, blue := "rgb(255, 255, 255)", "rgb(255, 0, 0)", "rgb(0, 0, 255)"
	for _, c := range []struct{ state, want string }{
		{"", white + " " + white + " " + white + " " + white},
		{"hover", red + " " + white + " " + red + " " + red},
		{"focus", blue + " " + white + " " + white + " " + white},
	} {
		view := preview.View{Width: 390, Height: 844, State: c.state}
		tab := load(t, archive(t, stateful), preview.RenderOptions{Views: []preview.View{view}})
		if got := eval[string](t, tab, look); got != c.want {
			t.Errorf("state %q: the colours are\n%s, want\n%s", c.state, got, c.want)
		}
		made, err := tab.Copy(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := eval[string](t, made.(*tabCopy).Tab, look); got != c.want {
			t.Errorf("state %q: the copy's colours are\n%s, want\n%s", c.state, got, c.want)
		}
		made.Close()
	}
}

// A tab that comes back from a forced state shows nothing of it.
func TestForcedStateEndsWithTheView(t *testing.T) {
	page := archive(t, stateful)
	b := New(Config{MaxTabs: 1})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	var colours []string
	for _, state := range []string{"hover", ""} {
		tabs, done, err := b.OpenTabs(t.Context(), page, preview.RenderOptions{Views: []preview.View{{Width: 390, Height: 844, State: state}}})
		if err != nil {
			t.Fatal(err)
		}
		colours = append(colours, eval[string](t, tabs[0].(*Tab), `() => getComputedStyle(document.querySelector("a")).backgroundColor`))
		done()
	}
	if colours[0] == colours[1] {
		t.Errorf("the colours are %v", colours)
	}
}

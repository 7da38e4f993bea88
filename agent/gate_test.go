package agent

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"relook/preview"
	"relook/preview/diagnose"
)

const phone, laptop = "390x844", "1280x800"

func defect(rule, xpath string, cost float64, views ...string) preview.Defect {
	d := preview.Defect{Rule: rule, Severity: preview.SeverityError, Message: rule + " at " + xpath, Views: views, Cost: cost}
	for _, v := range views {
		d.Elements = append(d.Elements, preview.Element{XPath: xpath, View: v, Box: preview.Box{X: 2, Y: 2, Width: 4, Height: 4}})
	}
	return d
}

func text(name string) preview.Item {
	return preview.Item{Kind: preview.ItemText, XPath: "/html[1]/body[1]/p[1]", Name: name, FontSize: 16,
		Box: preview.Box{X: 10, Y: 10, Width: 300, Height: 20}, Visible: true, Shown: 1}
}

func button() preview.Item {
	return preview.Item{Kind: preview.ItemControl, XPath: "/html[1]/body[1]/button[1]", Role: "button", Name: "Buy",
		Box: preview.Box{X: 10, Y: 40, Width: 100, Height: 40}, Visible: true, Shown: 1, Hittable: true}
}

func photo() preview.Item {
	return preview.Item{Kind: preview.ItemPicture, XPath: "/html[1]/body[1]/img[1]", Name: "team.png",
		Box: preview.Box{X: 10, Y: 90, Width: 300, Height: 200}, Ratio: 1, Visible: true, Shown: 1}
}

// rendering is a valid one with the same items at both views.
func rendering(defects ...preview.Defect) *preview.Rendering {
	r := &preview.Rendering{Diagnosis: preview.Diagnosis{Valid: true, Defects: defects}}
	for _, v := range []string{phone, laptop} {
		r.Inventories = append(r.Inventories, preview.Inventory{View: v, CanZoom: true, Items: []preview.Item{text("hello"), button(), photo()}})
	}
	return r
}

// frame is a painted box around the text.
func frame(width float64) preview.Item {
	return preview.Item{Kind: preview.ItemBox, XPath: "/html[1]/body[1]/p[1]", Visible: true, Shown: 1,
		Box: preview.Box{X: 2, Y: 2, Width: width + 12, Height: 36}}
}

type change func(*preview.Rendering)

// item changes item i of the phone's inventory.
func item(i int, f func(*preview.Item)) change {
	return func(r *preview.Rendering) { f(&r.Inventories[0].Items[i]) }
}

func TestGateJudges(t *testing.T) {
	scroll := func(cost float64) preview.Defect { return defect("sideways-scroll", "/a", cost, phone) }
	other := func(cost float64) preview.Defect { return defect("low-contrast", "/b", cost, phone, laptop) }
	tests := []struct {
		name   string
		after  *preview.Rendering
		change change
		want   string // rule; "" means admitted
	}{
		{"the target is gone", rendering(other(6)), nil, ""},
		{"invalid", rendering(other(6)), func(r *preview.Rendering) { r.Diagnosis.Valid = false }, RuleInvalid},
		{"a view is missing", rendering(other(6)), func(r *preview.Rendering) { r.Inventories = r.Inventories[1:] }, RuleInvalid},
		{"the target is smaller, not gone", rendering(scroll(2), other(6)), nil, RuleTarget},
		{"nothing changed", rendering(scroll(10), other(6)), nil, RuleTarget},
		{"a new defect, though cheaper", rendering(other(6), defect("clipped-text", "/c", 1, phone)), nil, RuleNewDefect},
		{"the defect moved to another view", rendering(other(6), defect("sideways-scroll", "/z", 1, laptop)), nil, RuleNewDefect},
		{"another one shows at one more element", rendering(defect("low-contrast", "/q", 1, phone), other(1)), nil, RuleNewDefect},
		{"another one grows", rendering(other(8)), nil, RuleWorse},
		{"the text is gone", rendering(other(6)), func(r *preview.Rendering) { r.Inventories[0].Items = r.Inventories[0].Items[1:] }, RuleLost},
		{"the text is another", rendering(other(6)), item(0, func(i *preview.Item) { i.Name = "bye" }), RuleLost},
		{"the text is hidden", rendering(other(6)), item(0, func(i *preview.Item) { i.Visible = false }), RuleLost},
		{"the text is cut", rendering(other(6)), item(0, func(i *preview.Item) { i.Shown = 0.7 }), RuleLost},
		{"the text shrinks", rendering(other(6)), item(0, func(i *preview.Item) { i.FontSize = 15 }), RuleShrunk},
		{"the button is covered", rendering(other(6)), item(1, func(i *preview.Item) { i.Hittable = false }), RuleLost},
		{"the button shrinks", rendering(other(6)), item(1, func(i *preview.Item) { i.Box.Width = 30 }), RuleShrunk},
		{"the button is no longer stretched by its neighbours", rendering(other(6)), item(1, func(i *preview.Item) { i.Box.Height = 21 }), ""},
		{"the button becomes a line", rendering(other(6)), item(1, func(i *preview.Item) { i.Box.Height = 6 }), RuleShrunk},
		{"the picture is stretched", rendering(other(6)), item(2, func(i *preview.Item) { i.Ratio = 1.3 }), RuleDistorted},
		{"zoom is forbidden", rendering(other(6)), func(r *preview.Rendering) { r.Inventories[0].CanZoom = false }, RuleLost},
		{"the text moves where the defect was", rendering(other(6)), item(0, func(i *preview.Item) { i.Box.Y = 18 }), ""},
		{"the text and the button change places", rendering(other(6)), item(0, func(i *preview.Item) { i.Box.Y = 90 }), RuleOrder},
		{"the text touches the edge of the screen", rendering(other(6)), item(0, func(i *preview.Item) { i.Box.X = 0 }), RuleCrowded},
		{"the text runs up to the edge of its box", rendering(other(6)), func(r *preview.Rendering) {
			r.Inventories[0].Items = append(r.Inventories[0].Items, frame(290))
		}, RuleCrowded},
		{"a button of one line loses most of its area", rendering(other(6)), item(1, func(i *preview.Item) { i.Box.Width, i.Box.Height = 60, 24 }), RuleShrunk},
		{"the text moves where nothing was wrong", rendering(other(6)),
			func(r *preview.Rendering) { r.Inventories[1].Items[0].Box.Y += 2 }, RuleMoved},
		{"markup moved the text elsewhere in the tree", rendering(other(6)),
			item(0, func(i *preview.Item) { i.XPath = "/html[1]/body[1]/div[1]/p[1]" }), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := rendering(scroll(10), other(6))
			if strings.Contains(tt.name, "its box") {
				before.Inventories[0].Items = append(before.Inventories[0].Items, frame(320))
			}
			if tt.change != nil {
				tt.change(tt.after)
			}
			v := DefaultGate().Judge(Case{Before: before, After: tt.after, Targets: []string{scroll(0).Key()}})
			if v.Admitted != (tt.want == "") || v.Rule != tt.want || v.Reason == "" {
				t.Errorf("got %+v, want rule %q", v, tt.want)
			}
		})
	}
}

// many is one defect at n like elements of the phone, of which only the first
// few are listed.
func many(n int, first int) preview.Defect {
	d := preview.Defect{Rule: "low-contrast", Severity: preview.SeverityError, Message: "grey", Views: []string{phone},
		Cost: 5, Measure: map[string]float64{"count": float64(n)}}
	for i := range min(n, diagnose.MaxElementsEach) {
		d.Elements = append(d.Elements, preview.Element{XPath: fmt.Sprintf("/li[%d]", first+i), View: phone})
	}
	return d
}

func TestGateFollowsADefectOfManyElements(t *testing.T) {
	target := defect("sideways-scroll", "/a", 10, phone)
	for _, tt := range []struct {
		name          string
		before, after preview.Defect
		want          string
	}{
		{"the first of many is mended and one beyond the list comes up", many(30, 1), many(29, 2), ""},
		{"one more of many", many(30, 1), many(31, 1), RuleWorse},
		{"one more of a few", many(3, 1), many(4, 1), RuleNewDefect},
		{"another instead of the first of a few", many(3, 1), many(3, 2), RuleNewDefect},
	} {
		v := DefaultGate().Judge(Case{Before: rendering(target, tt.before), After: rendering(tt.after), Targets: []string{target.Key()}})
		if v.Rule != tt.want {
			t.Errorf("%s: got %+v, want rule %q", tt.name, v, tt.want)
		}
	}
	part := Case{Before: rendering(many(3, 1)), After: rendering(many(2, 2)), Targets: []string{many(3, 1).Key()}}
	if v := DefaultGate().Judge(part); v.Rule != RuleTarget {
		t.Errorf("a target of which a part is left is judged %+v", v)
	}
}

func TestGateRejectsWithoutTargetUnlessCheaper(t *testing.T) {
	same := rendering(defect("low-contrast", "/b", 6, phone))
	if v := DefaultGate().Judge(Case{Before: same, After: same}); v.Rule != RuleNotBetter {
		t.Errorf("an equal page is judged %+v", v)
	}
}

func TestGateLetsABrokenPictureHaveAnotherName(t *testing.T) {
	target := defect("broken-image", photo().XPath, 10, phone, laptop)
	before, after := rendering(target), rendering()
	for i := range after.Inventories {
		after.Inventories[i].Items[2].Name = "team.svg"
	}
	if v := DefaultGate().Judge(Case{Before: before, After: after, Targets: []string{target.Key()}}); !v.Admitted {
		t.Errorf("the mended picture is judged %+v", v)
	}
}

func TestGateInstructed(t *testing.T) {
	g := DefaultGate()
	g.Instructed = true
	before, after := rendering(defect("low-contrast", "/b", 6, phone)), rendering(defect("low-contrast", "/b", 6, phone))
	after.Inventories[1].Items[0].Box.Y += 200
	if v := g.Judge(Case{Before: before, After: after}); !v.Admitted {
		t.Errorf("a page that looks different as asked is judged %+v", v)
	}
	after.Diagnosis.Defects = append(after.Diagnosis.Defects, defect("clipped-text", "/c", 1, phone))
	if v := g.Judge(Case{Before: before, After: after}); v.Rule != RuleNewDefect {
		t.Errorf("a new defect is judged %+v", v)
	}
}

// An edit may not put a defect under what the person wrote to ignore another, nor
// bring in an ignore of its own, not even when a change was asked for.
func TestGateKeepsIgnores(t *testing.T) {
	before, after := rendering(defect("sideways-scroll", "/a", 10, phone)), rendering()
	before.Diagnosis.Ignored = []preview.Defect{defect("low-contrast", "/b", 5, phone)}
	after.Diagnosis.Ignored = before.Diagnosis.Ignored
	target := before.Diagnosis.Defects[0].Key()
	if v := DefaultGate().Judge(Case{Before: before, After: after, Targets: []string{target}}); !v.Admitted {
		t.Errorf("what was ignored before is judged %+v", v)
	}
	after.Diagnosis.Ignored = append(after.Diagnosis.Ignored, before.Diagnosis.Defects[0])
	if v := DefaultGate().Judge(Case{Before: before, After: after, Targets: []string{target}}); v.Rule != RuleHiding {
		t.Errorf("what is newly ignored is judged %+v", v)
	}
	g := DefaultGate()
	g.Instructed = true
	page := preview.Page{Entry: "a.css", FS: fstest.MapFS{"a.css": {Data: []byte("a{color:red}")}}}
	if v, _ := g.Check(page, []preview.Edit{{File: "a.css", NewText: "/* relook-ignore */"}}); v.Rule != RuleHiding {
		t.Errorf("an ignore that was asked for is judged %+v", v)
	}
}

func shot(view string, paint func(*image.RGBA)) preview.Shot {
	img := image.NewRGBA(image.Rect(0, 0, 20, 20))
	if paint != nil {
		paint(img)
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	v, _ := preview.ParseView(view)
	return preview.Shot{View: v, PNG: b.Bytes(), Width: 20, Height: 20}
}

func TestGateLooksAtThePicture(t *testing.T) {
	target := defect("clipped-text", "/a", 10, phone)
	for _, tt := range []struct {
		name  string
		paint func(*image.RGBA)
		want  string
	}{
		{"nothing changed", nil, RuleUnseen},
		{"only elsewhere", func(m *image.RGBA) { m.Set(15, 15, color.White) }, RuleUnseen},
		{"at the defect", func(m *image.RGBA) { m.Set(3, 3, color.White) }, ""},
	} {
		before, after := rendering(target), rendering()
		before.Shots = []preview.Shot{shot(phone, nil)}
		after.Shots = []preview.Shot{shot(phone, tt.paint)}
		v := DefaultGate().Judge(Case{Before: before, After: after, Targets: []string{target.Key()}, Fresh: true})
		if v.Rule != tt.want {
			t.Errorf("%s: got %+v, want rule %q", tt.name, v, tt.want)
		}
	}
}

func TestGateDoesNotJudgeWhatNoPictureShows(t *testing.T) {
	target := defect("clipped-text", "/a", 10, phone)
	target.Elements[0].Box.Y = 9000
	before, after := rendering(target), rendering()
	before.Shots, after.Shots = []preview.Shot{shot(phone, nil)}, []preview.Shot{shot(phone, nil)}
	if v := DefaultGate().Judge(Case{Before: before, After: after, Targets: []string{target.Key()}, Fresh: true}); !v.Admitted {
		t.Errorf("a defect below the picture is judged %+v", v)
	}
}

func TestGateChecksEdits(t *testing.T) {
	const css = "a{color:red;overflow:hidden}"
	page := preview.Page{Entry: "a.css", FS: fstest.MapFS{
		"a.css":                  {Data: []byte(css)},
		"relook.toml":            {Data: []byte("passes = 1")},
		"node_modules/x/x.css":   {Data: []byte(css)},
		"lib.min.css":            {Data: []byte(css)},
		"sub/dir/deep/style.css": {Data: []byte(css)},
		"css/site.css":           {Data: []byte(css + "/*# sourceMappingURL=site.css.map */")},
		"css/site.css.map":       {Data: []byte(`{"version":3,"sources":["../scss/site.scss"],"mappings":"AAAA"}`)},
		"css/lost.css":           {Data: []byte(css + "/*# sourceMappingURL=lost.css.map */")},
		"css/away.css":           {Data: []byte(css + "/*# sourceMappingURL=away.css.map */")},
		"css/away.css.map":       {Data: []byte(`{"version":3,"sources":["../../away.scss"],"mappings":"AAAA"}`)},
		"scss/site.scss":         {Data: []byte(css)},
		"app.html":               {Data: []byte("<style>" + css + "/*# sourceMappingURL=data:application/json,{\"version\":3,\"sources\":[\"scss/site.scss\"],\"mappings\":\"AAAA\"} */</style><style>" + css + "</style>")},
	}}
	set := func(text string) preview.Edit {
		return preview.Edit{File: "a.css", Span: preview.Span{Start: 2, End: 11}, NewText: text}
	}
	at := func(file string) preview.Edit { return preview.Edit{File: file, NewText: "b{}"} }
	tests := []struct {
		name string
		edit preview.Edit
		want string
	}{
		{"a colour", set("color:#123456"), ""},
		{"another folder", at("sub/dir/deep/style.css"), ""},
		{"background-clip is no clip", set("background-clip:text"), ""},
		{"half transparent", set("opacity: 0.5"), ""},
		{"a flex row that wraps", set("flex-wrap: wrap"), ""},
		{"a change of what hides already", preview.Edit{File: "a.css", Span: preview.Span{Start: 12, End: 27}, NewText: "overflow:hidden;top:0"}, ""},
		{"display none", set("display : NONE"), RuleHiding},
		{"overflow", set("overflow-x:hidden"), RuleHiding},
		{"overflow clip", set("overflow:clip"), RuleHiding},
		{"opacity", set("opacity:0;"), RuleHiding},
		{"opacity with decimals", set("opacity: 0.00"), RuleHiding},
		{"visibility", set("visibility:hidden"), RuleHiding},
		{"off-screen", set("left:-9999px"), RuleHiding},
		{"margin off-screen", set("margin-left:-1000px"), RuleHiding},
		{"zero font", set("font-size:0"), RuleHiding},
		{"tiny font", set("font-size: 4px"), RuleHiding},
		{"clip", set("clip:rect(0,0,0,0)"), RuleHiding},
		{"clip-path", set("clip-path:inset(50%)"), RuleHiding},
		{"scale", set("transform: scale(.3)"), RuleHiding},
		{"zoom off", set(`<meta content="user-scalable=no">`), RuleHiding},
		{"comment out", set("<!-- x"), RuleHiding},
		{"transparent text", set("color:transparent"), RuleHiding},
		{"ellipsis", set("text-overflow:ellipsis"), RuleHiding},
		{"an ignore in a style sheet", set("/* relook-ignore low-contrast */color:red"), RuleHiding},
		{"an ignore on an element", set("<p data-relook-ignore>"), RuleHiding},
		{"an ignore by a script", set("p.dataset.relookIgnore = ''"), RuleHiding},
		{"the settings of relook", at("relook.toml"), RuleEdit},
		{"no change", set("color:red"), RuleEdit},
		{"too much", set(strings.Repeat("x", 5000)), RuleEdit},
		{"node_modules", at("node_modules/x/x.css"), RuleEdit},
		{"built from SCSS", at("css/site.css"), RuleEdit},
		{"the SCSS itself", at("scss/site.scss"), ""},
		{"a map that is not there", at("css/lost.css"), ""},
		{"a map that leads out of the workspace", at("css/away.css"), ""},
		{"a style element built from SCSS", preview.Edit{File: "app.html", Span: preview.Span{Start: 9, End: 18}, NewText: "color:blue"}, RuleEdit},
		{"a style element beside it", preview.Edit{File: "app.html", Span: preview.Span{Start: 168, End: 168}, NewText: "b{}"}, ""},
		{"minified", at("lib.min.css"), RuleEdit},
		{"no such file", at("none.css"), RuleEdit},
		{"outside", at("../a.css"), RuleEdit},
		{"out of bounds", preview.Edit{File: "a.css", Span: preview.Span{Start: 5, End: 500}}, RuleEdit},
		{"backwards", preview.Edit{File: "a.css", Span: preview.Span{Start: 5, End: 2}}, RuleEdit},
	}
	for _, tt := range tests {
		v, ok := DefaultGate().Check(page, []preview.Edit{tt.edit})
		if ok != (tt.want == "") || v.Rule != tt.want || !ok && v.Reason == "" {
			t.Errorf("%s: got %+v %v, want rule %q", tt.name, v, ok, tt.want)
		}
	}
	v, _ := DefaultGate().Check(page, []preview.Edit{at("css/site.css")})
	if want := "css/site.css is built from scss/site.scss: what is changed here is lost at the next build"; v.Reason != want {
		t.Errorf("got %q, want %q", v.Reason, want)
	}
	if v, ok := DefaultGate().Check(page, nil); ok || v.Rule != RuleEdit {
		t.Errorf("no edits: %+v", v)
	}
}

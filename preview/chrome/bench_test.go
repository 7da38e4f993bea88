package chrome

import (
	"testing"
	"time"

	"relook/preview"
)

func benchRender(b *testing.B, o preview.RenderOptions) {
	page := archive(b, tried)
	if _, err := shared.Render(b.Context(), page, o); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := shared.Render(b.Context(), page, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChecksAtThreeViews(b *testing.B) { benchRender(b, preview.RenderOptions{}) }

func BenchmarkShotsAtThreeViews(b *testing.B) {
	benchRender(b, preview.RenderOptions{Shots: preview.LastShots})
}

func BenchmarkThreeMoments(b *testing.B) {
	benchRender(b, preview.RenderOptions{Views: phone, Shots: preview.AllShots})
}

func BenchmarkOneMoment(b *testing.B) {
	benchRender(b, preview.RenderOptions{Moments: []time.Duration{0}})
}

func BenchmarkTry(b *testing.B) {
	page := archive(b, tried)
	l, err := shared.Open(b.Context(), page, preview.RenderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	edits := []preview.Edit{editOf(b, page, "index.html", "width: 900px", "width: 100%")}
	for b.Loop() {
		if _, err := l.Try(b.Context(), edits); err != nil {
			b.Fatal(err)
		}
	}
}

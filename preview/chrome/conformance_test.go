package chrome

import (
	"testing"

	"relook/preview"
	"relook/preview/previewtest"
)

func TestConformance(t *testing.T) {
	previewtest.Conformance(t, func(testing.TB) preview.Renderer { return shared })
}

// Browsers that draw by their own clock must do as well.
func TestConformanceUncontrolled(t *testing.T) {
	b := New(Config{})
	b.uncontrolled = true
	defer b.Close()
	previewtest.Conformance(t, func(testing.TB) preview.Renderer { return b })
}

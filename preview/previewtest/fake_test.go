package previewtest

import (
	"testing"

	"relook/preview"
)

func TestFake(t *testing.T) {
	Conformance(t, func(testing.TB) preview.Renderer { return Fake{} })
}

package chrome

import (
	"context"
	"fmt"

	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/utils"
)

// Download gets the Chromium that rod was tested with into a folder below dir,
// from where its makers publish it, and returns the path of its executable. It
// is the last resort, for machines without a package manager that relook knows.
// say is told each step; it may be nil.
func Download(ctx context.Context, dir string, say func(step string)) (string, error) {
	b := launcher.NewBrowser()
	b.Context, b.RootDir = ctx, dir
	b.Logger = utils.Log(func(msg ...any) {
		if say != nil {
			say("downloading Chromium: " + fmt.Sprint(msg...))
		}
	})
	path, err := b.Get()
	if err != nil {
		return "", fmt.Errorf("downloading Chromium: %w", err)
	}
	return path, nil
}

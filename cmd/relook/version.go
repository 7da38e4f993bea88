package main

import (
	_ "embed"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"relook/server"
)

// release is the version of a release, set by the linker; see the Makefile.
var release string

//go:generate go run ./internal/licenses licenses/third-party.txt
//go:generate go run -C ../.. ./cmd/relook/internal/schemas docs/schema
//go:generate go run -C ../.. ./cmd/relook/internal/ruletable docs/rules

//go:embed licenses/third-party.txt
var licenses string

func (a *app) versionCommand() *cobra.Command {
	var showLicenses bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print version, commit, Go and LSP version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if showLicenses {
				_, err := fmt.Fprint(a.out, licenses)
				return err
			}
			_, err := fmt.Fprintf(a.out, "relook %s\ncommit %s\n%s %s/%s\nLSP %s\n",
				version(), commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH, server.LSPVersion)
			return err
		},
	}
	c.Flags().BoolVar(&showLicenses, "licenses", false, "print the licences of what this program is built from")
	return c
}

// version is the release, else what `go install` knows, else "dev".
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// commit is what the binary was built from, with "+changes" when the tree
// differed from it.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	id := set["vcs.revision"]
	if id == "" {
		return "unknown"
	}
	if set["vcs.modified"] == "true" {
		id += "+changes"
	}
	return id
}

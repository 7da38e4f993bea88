package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestLicencesAreCurrent(t *testing.T) {
	made := filepath.Join(t.TempDir(), "licenses.txt")
	if err := run(made); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../licenses/third-party.txt")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("licenses/third-party.txt is not what the binary is built from (%v): run `go generate ./cmd/relook`", err)
	}
}

// allowed are words that stand in the licences that relook may be built from.
var allowed = regexp.MustCompile(`(?i)Permission is hereby granted, free of charge|Redistribution and use in source and binary forms|` +
	`Apache License|Permission to use, copy, modify, and(/or)? distribute|Mozilla Public License`)

var forbidden = regexp.MustCompile(`GNU (AFFERO |LESSER )?GENERAL PUBLIC LICENSE`)

func TestLicencesAreAllowed(t *testing.T) {
	mods, err := modules("relook/cmd/relook")
	if err != nil {
		t.Fatal(err)
	}
	if len(mods) < 10 {
		t.Fatalf("only %d modules were found", len(mods))
	}
	for _, m := range mods {
		text, err := license(m)
		if err != nil {
			t.Error(err)
			continue
		}
		if !allowed.MatchString(text) || forbidden.MatchString(text) {
			t.Errorf("%s has another licence than MIT, BSD, Apache, ISC or MPL:\n%.300s", m.Path, text)
		}
	}
}

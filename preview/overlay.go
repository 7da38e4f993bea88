package preview

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"path"
	"time"
)

// Overlay lays texts over base: the named files read as the texts, everything
// else as base. It is how unsaved buffers and edited sources are rendered
// without a file being written. Names are slash paths; a text whose name is not
// in base is a new file, found by Open but not by reading its folder.
func Overlay(base fs.FS, texts map[string]string) fs.FS {
	if o, ok := base.(overlay); ok {
		merged := maps.Collect(maps.All(o.texts)) // not Clone: of no texts it makes no map
		maps.Copy(merged, texts)
		return overlay{o.base, merged}
	}
	return overlay{base, maps.Clone(texts)}
}

type overlay struct {
	base  fs.FS
	texts map[string]string
}

func (o overlay) Open(name string) (fs.File, error) {
	text, ok := o.texts[name]
	if !ok {
		return o.base.Open(name)
	}
	return &overlaid{bytes.NewReader([]byte(text)), overlaidInfo{path.Base(name), int64(len(text))}}, nil
}

type overlaid struct {
	io.ReadSeeker
	info overlaidInfo
}

func (f *overlaid) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *overlaid) Close() error               { return nil }

type overlaidInfo struct {
	name string
	size int64
}

func (i overlaidInfo) Name() string       { return i.name }
func (i overlaidInfo) Size() int64        { return i.size }
func (i overlaidInfo) Mode() fs.FileMode  { return 0o444 }
func (i overlaidInfo) ModTime() time.Time { return time.Time{} }
func (i overlaidInfo) IsDir() bool        { return false }
func (i overlaidInfo) Sys() any           { return nil }

// Package workspace turns what an editor has open into what preview renders:
// unsaved buffers laid over the folder on disk, as an immutable snapshot.
package workspace

// Package files is relook's hold on the disk. It finds the workspace that a
// page belongs to, gives a snapshot of it that does not change under a render,
// and puts files back: whole or not at all, never outside of the workspace, and
// never over something that changed in the meantime.
package files

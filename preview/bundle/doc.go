// Package bundle is the place of what turns JSX, TSX, Vue, Svelte and SCSS into
// something that a browser runs, with source positions. Nothing is built here
// yet: relook renders HTML with CSS and scripts.
package bundle

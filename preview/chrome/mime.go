package chrome

import (
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// types are the media types by extension. The system's own table is not asked:
// it differs from machine to machine, and a page must not.
var types = map[string]string{
	".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
	".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".cjs": "text/javascript",
	".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json",
	".xml": "application/xml", ".txt": "text/plain", ".md": "text/plain", ".csv": "text/csv", ".vtt": "text/vtt",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".ico": "image/x-icon", ".bmp": "image/bmp", ".apng": "image/apng",
	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
	".mp4": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mp3": "audio/mpeg", ".ogg": "audio/ogg",
	".wav": "audio/wav", ".m4a": "audio/mp4", ".wasm": "application/wasm", ".pdf": "application/pdf",
}

// mediaType is the Content-Type for a file. Text that is valid UTF-8 is labelled
// so; for other text the browser finds the encoding as it does for a file.
func mediaType(name string, body []byte) string {
	t, ok := types[strings.ToLower(path.Ext(name))]
	if !ok {
		t, _, _ = strings.Cut(http.DetectContentType(body), ";")
	}
	textual := strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "xml") || strings.HasSuffix(t, "json")
	if textual && utf8.Valid(body) {
		return t + "; charset=utf-8"
	}
	return t
}

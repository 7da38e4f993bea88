package playwright

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/sourcegraph/conc"
)

// serve serves a folder on a free port of this machine until the returned
// function is called. Its address has no slash at the end.
func serve(dir string) (address string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("opening a port for the tested site: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("opening the tested site: %w", err), listener.Close())
	}
	server := &http.Server{Handler: site{root.FS()}, ReadHeaderTimeout: 10 * time.Second}
	var owner conc.WaitGroup
	owner.Go(func() {
		// Ends with http.ErrServerClosed when it is stopped.
		_ = server.Serve(listener)
	})
	stop = func() error {
		err := server.Close()
		owner.Wait()
		return errors.Join(err, root.Close())
	}
	return "http://" + listener.Addr().String(), stop, nil
}

// A site is a folder as plain file servers serve it, without redirects, and
// never from a cache: the next try changes the files.
type site struct{ files fs.FS }

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	file, err := s.files.Open(name)
	if err != nil {
		// Addresses without the ending are answered too.
		if file, err = s.files.Open(name + ".html"); err != nil {
			http.NotFound(w, r)
			return
		}
		name += ".html"
	}
	defer file.Close()
	info, err := file.Stat()
	content, ok := file.(io.ReadSeeker)
	if err != nil || !ok || info.IsDir() {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, path.Base(name), time.Time{}, content)
}

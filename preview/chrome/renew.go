package chrome

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-rod/rod/lib/proto"
)

// maxUses is how often a tab is used: what a page may leave in the browser's
// own memory must not add up.
const maxUses = 50

// emptyPage is where a tab waits for its next page: on the origin of all pages,
// so that it keeps its process.
const emptyPage = origin + "/.relook/empty"

// forgetScript removes what is kept for the tab itself and not for the origin.
const forgetScript = `() => { sessionStorage.clear(); window.name = "" }`

// renew leaves the page and removes all that it left behind, so that the tab is
// as new. It is done on an empty page, when no script of the former page can run
// any more; a page without scripts leaves nothing, and stays until the next one
// comes. After an error the tab must be thrown away.
func (t *Tab) renew(ctx context.Context) error {
	if t.uses++; t.uses >= maxUses {
		return errors.New("renewing a tab: it has been used often enough")
	}
	c := t.in(ctx)
	t.mu.Lock()
	t.site = nil
	t.mu.Unlock()
	err := t.unstyle(ctx)
	if err == nil && !t.inert {
		err = t.wipe(ctx)
	}
	if err == nil {
		err = proto.PageResetNavigationHistory{}.Call(c)
	}
	if err != nil {
		return fmt.Errorf("renewing a tab: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.ended != "" {
		return errors.New("renewing a tab: " + t.state.ended)
	}
	t.state = state{}
	t.worldOf, t.allow, t.inert = 0, nil, false
	return nil
}

// wipe leaves the page and removes what it stored.
func (t *Tab) wipe(ctx context.Context) error {
	return firstError(
		func() error { return t.leave(ctx) },
		func() error {
			return proto.StorageClearDataForOrigin{Origin: origin, StorageTypes: "all"}.Call(t.in(ctx))
		},
		func() error { return proto.StorageClearCookies{BrowserContextID: t.context}.Call(t.proc.root(ctx)) },
		func() error { return t.alone(ctx) },
	)
}

// leave goes to the empty page.
func (t *Tab) leave(ctx context.Context) error {
	nav, err := proto.PageNavigate{URL: emptyPage}.Call(t.in(ctx))
	if err != nil {
		return err
	}
	if nav.ErrorText != "" {
		return errors.New(nav.ErrorText)
	}
	if err := t.await(ctx, func(s *state) bool { return s.url == emptyPage }); err != nil {
		return err
	}
	w, err := proto.PageCreateIsolatedWorld{FrameID: t.mainFrame(), WorldName: "relook"}.Call(t.in(ctx))
	if err != nil {
		return err
	}
	t.world = w.ExecutionContextID
	return t.Eval(ctx, forgetScript, nil, nil)
}

// alone fails when the page opened windows or left workers.
func (t *Tab) alone(ctx context.Context) error {
	res, err := proto.TargetGetTargets{}.Call(t.proc.root(ctx))
	if err != nil {
		return err
	}
	for _, info := range res.TargetInfos {
		if info.BrowserContextID == t.context && info.TargetID != t.target {
			return errors.New("the page left a " + string(info.Type))
		}
	}
	return nil
}

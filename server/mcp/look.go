package mcp

import (
	"fmt"
	"slices"
	"strings"

	"relook/preview"
)

type renderInput struct {
	target
	At       string `json:"at,omitempty" jsonschema:"moments of page time such as 0s,500ms, rising, at most 3; default 2s"`
	Top      int    `json:"top,omitempty" jsonschema:"CSS px from the top of the page at which the pictures begin: a picture shows at most 1600 px; default 0"`
	Outlined bool   `json:"outlined,omitempty" jsonschema:"draw a frame around what is at fault, numbered as the list that comes with it; default false"`
}

// maxMoments bounds how many pictures one call gives.
const maxMoments = 3

// render takes pictures of a page.
func (f *front) render(c *call, in renderInput) (*reply, error) {
	o, err := c.open(in.target, false)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	mode := preview.LastShots
	if in.At != "" {
		if o.set.Moments, err = preview.ParseMoments(in.At); err != nil {
			return nil, err
		}
		if mode = preview.AllShots; len(o.set.Moments) > maxMoments {
			return nil, fmt.Errorf("at names more than %d moments", maxMoments)
		}
	}
	r, err := c.look(o, preview.ProfileFast, mode)
	if err != nil {
		return nil, err
	}
	out := &reply{}
	out.say(strings.TrimRight(words(o, r, preview.ProfileFast), "\n"))
	for _, s := range r.Shots {
		pic, err := pictureOf(&s, in.Top)
		if err != nil {
			return nil, err
		}
		if pic == nil {
			out.say(fmt.Sprintf("%s: the page ends at %d px", s.View.Name(), s.Height))
			continue
		}
		if in.Outlined {
			pic.outline(r.Diagnosis, s.View.Name())
		}
		data, mime, err := pic.encode()
		if err != nil {
			return nil, err
		}
		out.say(fmt.Sprintf("%s at %s, from %d to %d px of %d", s.View.Name(), s.At, pic.top, pic.bottom, s.Height))
		out.show(data, mime)
	}
	return out, nil
}

type checkInput struct {
	target
	Profile string `json:"profile,omitempty" jsonschema:"how thoroughly to look: fast, standard (default: also proves in pixels and searches the widths between the views) or thorough (also dark, zoomed, longer text, dead controls)"`
}

// check says what is broken on a page.
func (f *front) check(c *call, in checkInput) (*reply, error) {
	profile := preview.ProfileStandard
	if in.Profile != "" {
		p, err := preview.ParseProfile(in.Profile)
		if err != nil {
			return nil, err
		}
		profile = p
	}
	o, err := c.open(in.target, false)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	r, err := c.look(o, profile, preview.NoShots)
	if err != nil {
		return nil, err
	}
	out := &reply{}
	out.say(words(o, r, profile))
	return out, nil
}

// look renders a page that can be judged: for a broken one the error says why.
func (c *call) look(o *opened, profile preview.Profile, shots preview.ShotMode) (r *preview.Rendering, err error) {
	if _, err := o.Source(); err != nil {
		return nil, err
	}
	c.progress("rendering " + o.Entry)
	err = c.browse(o.set, func(b preview.Renderer) (err error) {
		r, err = b.Render(c.ctx, o.Page, o.options(profile, shots))
		return err
	})
	if err != nil {
		return nil, err
	}
	if !r.Diagnosis.Valid {
		return nil, fmt.Errorf("%s can't be judged: %s", o.Entry, r.Diagnosis.InvalidReason)
	}
	r.Shots = slices.DeleteFunc(r.Shots, func(s preview.Shot) bool { return len(s.PNG) == 0 })
	return r, nil
}

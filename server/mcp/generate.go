package mcp

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"relook/agent"
	"relook/preview"
)

type generateInput struct {
	Request string `json:"request" jsonschema:"what the page shall be, in words"`
	Path    string `json:"path,omitempty" jsonschema:"the new HTML file: absolute, or relative to the root folder; default index.html, which is needed to resolve what the page loads"`
	Drafts  int    `json:"drafts,omitempty" jsonschema:"how many drafts are written, of which the best is taken, 1 to 10; default 1"`
	Model   string `json:"model,omitempty" jsonschema:"a local model to ask, such as qwen2.5-coder:7b"`
	Write   bool   `json:"write,omitempty" jsonschema:"write the page to the file, which must not be there yet; default false"`
}

// generate has a model write a page. It is never written over text that is there.
func (f *front) generate(c *call, in generateInput) (*reply, error) {
	switch in.Request = strings.TrimSpace(in.Request); {
	case in.Request == "" || len(in.Request) > maxInstruction || len(in.Model) > maxWords:
		return nil, fmt.Errorf("the request is empty or longer than %d bytes, or the model's name than %d", maxInstruction, maxWords)
	case in.Drafts < 0 || in.Drafts > agent.MaxDrafts:
		return nil, fmt.Errorf("drafts are not from 1 to %d", agent.MaxDrafts)
	case in.Write && in.Path == "":
		return nil, errors.New(`to write, name the new file with "path"`)
	case in.Path == "":
		in.Path = "index.html"
	}
	o, err := c.open(target{Path: in.Path}, true)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	if in.Write {
		if _, err := fs.Stat(o.Workspace, o.Entry); !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("%s is there already, so nothing was generated: name a new file", o.Entry), err)
		}
	}
	o.set.Policies = []string{"rules", modelPolicy(o.set)}
	if in.Model != "" {
		o.set.Model = in.Model
	}
	g, err := c.drafted(o, in)
	if err != nil {
		return nil, err
	}
	end := "Not written. Write it yourself, or call generate again with \"write\": true and a new path."
	if in.Write {
		if err := o.Create(o.Entry, g.Text); err != nil {
			return nil, err
		}
		end = fmt.Sprintf("Wrote %s in %s.", clean(o.Entry), clean(o.dir))
	}
	out := &reply{}
	out.say(fmt.Sprintf("%s\n%s%s", words(o, g.Trace.After, preview.ProfileFast), attempts(g.Trace), end))
	out.say(g.Text)
	return out, out.shots(g.Trace.After)
}

// drafted runs the generation.
func (c *call) drafted(o *opened, in generateInput) (g *agent.Generated, err error) {
	c.progress("starting")
	policies, stop, err := c.front.cfg.Policies(c.ctx, o.set, c.progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var drafter agent.Drafter
	for _, p := range policies {
		if d, ok := p.(agent.Drafter); ok {
			drafter = d
		}
	}
	if drafter == nil {
		return nil, errors.New("to generate needs a model")
	}
	err = c.browse(o.set, func(b preview.Renderer) (err error) {
		g, err = agent.Generate(c.ctx, agent.GenerateConfig{
			Drafter: drafter, Request: in.Request, Drafts: in.Drafts, Refine: c.loop(b, policies, o.set, ""),
			Write: func(n int, _ string) { c.progress(fmt.Sprintf("the model writes draft %d", n+1)) },
		}, o.Page)
		return err
	})
	return g, err
}

// shots shows the page at each view.
func (r *reply) shots(of *preview.Rendering) error {
	for _, s := range of.Shots {
		pic, err := pictureOf(&s, 0)
		if err != nil {
			return err
		}
		if pic == nil {
			continue
		}
		data, mime, err := pic.encode()
		if err != nil {
			return err
		}
		r.say(s.View.Name())
		r.show(data, mime)
	}
	return nil
}

package tools

import (
	"context"
	"strings"
)

// Want says what a setup shall bring.
type Want struct {
	Browser, Ollama bool
	Model           string // "" for none; a model needs Ollama too
	Trainer         bool
}

// A Step is one thing that a setup would do.
type Step struct {
	What    string // such as "Ollama v0.17.4"
	Why     string
	Bytes   int64  // to be downloaded, about; 0 if unknown
	Command string // that does the same by hand
}

// Plan lists what a setup would do; none means that all is there.
func (t *Tools) Plan(ctx context.Context, w Want) ([]Step, error) {
	var steps []Step
	if w.Browser {
		if _, err := t.cfg.FindBrowser(ctx); err != nil && t.CachedBrowser() == "" {
			steps = append(steps, t.browserStep(ctx))
		}
	}
	if w.Trainer && !t.TrainerThere() {
		steps = append(steps, t.TrainerStep())
	}
	if !w.Ollama && w.Model == "" {
		return steps, nil
	}
	o, err := t.FindOllama(ctx)
	if err != nil {
		return nil, err
	}
	if o.Path == "" && o.URL == "" {
		steps = append(steps, Step{
			What: "Ollama " + ollamaVersion, Why: "runs models on this machine; it is built, in about 4 minutes", Bytes: 250e6,
			Command: "go install " + ollamaModule + "@" + ollamaVersion,
		})
	}
	if w.Model != "" {
		has, err := t.modelAt(ctx, o, w.Model)
		if err != nil {
			return nil, err
		}
		if !has {
			steps = append(steps, modelStep(w.Model))
		}
	}
	return steps, nil
}

// modelAt asks the server for a model, else looks into the folder of models.
func (t *Tools) modelAt(ctx context.Context, o Ollama, name string) (bool, error) {
	if o.URL != "" {
		c, err := client(o.URL)
		if err != nil {
			return false, err
		}
		return hasModel(ctx, c, o.URL, name)
	}
	if !strings.Contains(name, ":") {
		name += ":latest"
	}
	for _, m := range installed(t.ModelsDir()) {
		if m == name {
			return true, nil
		}
	}
	return false, nil
}

func (t *Tools) browserStep(ctx context.Context) Step {
	s := Step{What: "Chromium", Why: "shows the pages", Bytes: 110e6, Command: "install Chromium, Chrome or Edge"}
	if a := t.apt(ctx); a != nil && a.install {
		s.Command = "apt-get install --no-install-recommends " + browserPackages[0]
	} else if a != nil {
		s.Why += "; it is unpacked into " + t.path("browser") + ", as this user may not install packages"
		s.Command = "sudo apt-get install --no-install-recommends " + browserPackages[0]
	}
	return s
}

func modelStep(name string) Step {
	s := Step{What: "the model " + name, Why: "proposes repairs", Command: "ollama pull " + name}
	if w, ok := weightsOf(name); ok {
		s.Bytes = w.bytes
	}
	return s
}

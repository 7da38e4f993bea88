package ollama

import (
	"context"
	"slices"

	"github.com/ollama/ollama/api"

	"relook/agent/model"
)

// Installed lists the models that Ollama has, by name.
func Installed(ctx context.Context, host string) ([]string, error) {
	base, err := hostURL(host)
	if err != nil {
		return nil, err
	}
	c := &client{host: base.String(), api: api.NewClient(base, model.HTTPClient())}
	list, err := c.api.List(ctx)
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	names := []string{}
	for _, m := range list.Models {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names, nil
}

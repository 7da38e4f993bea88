package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/config"
)

const configHelp = `Settings are read from three places; later ones win:

  1. your own file, %s
  2. relook.toml in the root of the workspace, or the file given with --config
  3. flags

The root of a workspace is the nearest folder above the page that holds
relook.toml, .git or package.json; else the working directory if the page lies
below it, else the page's own folder. A page may load files from its workspace
only.

setting        meaning                                        default
views          list of views, WIDTHxHEIGHT[@SCALE][+dark]     ["390x844", "768x1024", "1280x800"]
at             list of moments of page time to look at        ["0s", "1s", "2s"]
timeout        time that a page has to load and run at a view "10s"
allow_hosts    hosts that pages may load from                 []
policy         who proposes repairs, in turn: rules, ollama,  ["rules"]
               openai
passes         most rounds of repair, 1 to 10                 3
browser.path   the browser to use                             the first that is found
model.name     the model that is asked                        the best that is installed
model.host     where Ollama answers                           OLLAMA_HOST, else http://127.0.0.1:11434
model.endpoint where an OpenAI-compatible server answers,     none
               for the policy openai
traces.off     keep no traces of what was tried               false
traces.count   most traces that are kept                      200
traces.mb      most megabytes that they may take              500
profile        how thoroughly to look: fast, standard,        standard for check,
               thorough                                       fast for render and refine
pages          table: pages that a file belongs to, by        found by following
               pattern; for editors                           what pages name
editor         table, for editors: on_save (off, diagnose,    "diagnose"
               suggest, apply), debounce, max_defects,        "150ms", 50,
               code_lens, confirm                             false, false
rules.off      rules that find nothing                        []
rules.RULE     off, error, warning, info, or thresholds       see relook rules RULE

browser.path, and a model.host or model.endpoint on another machine, are taken
only from your own file or from one given with --config: a workspace that you have merely opened
must not choose what runs on your machine or where your pages are sent.

An example:

  views = ["360x640", "1440x900", "1440x900+dark"]
  allow_hosts = ["fonts.example.com"]
  policy = ["rules", "ollama"]

  [model]
  name = "qwen2.5-coder:1.5b"

  [rules]
  console-error = "warning"
  text-overlap = "off"

  [rules.low-contrast]
  severity = "error"
  ratio = 7

The command relook rules lists the rules; relook rules RULE tells the thresholds of
one.`

// configTopic is `relook help config`: a topic, not a command.
func configTopic() *cobra.Command {
	own := config.Own()
	if own == "" {
		own = "none on this system"
	}
	return &cobra.Command{
		Use:   "config",
		Short: "How to configure relook",
		Long:  fmt.Sprintf(configHelp, own),
	}
}

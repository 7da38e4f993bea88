package main

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"relook/cmd/relook/internal/config"
	"relook/preview"
)

// flags are those that several subcommands share.
type flags struct {
	views    string
	moments  string
	timeout  time.Duration
	profile  string
	config   string
	logLevel string
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "relook",
		Short: "See what is visibly broken on a web page, and repair it",
		Long: `relook looks at the page that you are writing, in a real browser and at several
widths. It names what is visibly broken, says what causes it, and repairs it.
Everything happens on this machine; no page leaves it.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return a.setLog()
		},
	}
	root.PersistentFlags().StringVar(&a.flags.logLevel, "log-level", "error", "what to log to stderr: debug, info, warn or error")
	root.PersistentFlags().StringVar(&a.flags.config, "config", "", "configuration file (default: relook.toml of the workspace)")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: see `%s --help`", err, c.CommandPath())
	})
	root.AddCommand(
		a.renderCommand(), a.checkCommand(), a.refineCommand(), a.generateCommand(), a.traceCommand(), a.benchCommand(), a.compareCommand(), a.rulesCommand(),
		a.criticCommand(), a.rewardCommand(), a.trainCommand(), a.policyCommand(),
		a.lspCommand(), a.mcpCommand(), a.pictureCommand(), a.doctorCommand(), a.setupCommand(), a.versionCommand(), configTopic(),
	)
	complete(root, "log-level", "debug", "info", "warn", "error")
	return root
}

func (a *app) setLog() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.flags.logLevel)); err != nil {
		return fmt.Errorf("log level %q is not debug, info, warn or error", a.flags.logLevel)
	}
	a.log = slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
	return nil
}

// looking adds the flags of the subcommands that render pages.
func (a *app) looking(c *cobra.Command) {
	var views, moments []string
	for _, v := range preview.DefaultViews() {
		views = append(views, v.Name())
	}
	for _, m := range preview.DefaultMoments() {
		moments = append(moments, m.String())
	}
	f := c.Flags()
	f.StringVar(&a.flags.views, "view", "", "views to look through, as WIDTHxHEIGHT[@SCALE][+dark][+reduce][+hover or +focus] (default "+strings.Join(views, ",")+")")
	f.StringVar(&a.flags.moments, "at", "", "moments of page time to look at (default "+strings.Join(moments, ",")+")")
	f.DurationVar(&a.flags.timeout, "timeout", 0, "time that a page has to load and run at one view (default 10s)")
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"html", "htm", "xhtml", "svg"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

// profiled adds the flag of the subcommands that check pages in a profile.
func (a *app) profiled(c *cobra.Command, otherwise preview.Profile) {
	c.Flags().StringVar(&a.flags.profile, "profile", "", fmt.Sprintf("how thoroughly to look: fast, standard or thorough (default %s)", otherwise))
	complete(c, "profile", "fast", "standard", "thorough")
}

// settings are the configuration of the workspace dir with the flags of c laid
// over it.
func (a *app) settings(c *cobra.Command, dir string) (config.Config, error) {
	cfg, err := config.Load(a.parts.ownConfig(), dir, a.flags.config)
	if err != nil {
		return cfg, err
	}
	usage := func(err error) error {
		if err != nil {
			return fmt.Errorf("%w: see `%s --help`", err, c.CommandPath())
		}
		return nil
	}
	if c.Flags().Changed("view") {
		if err := cfg.SetViews(a.flags.views); err != nil {
			return cfg, usage(err)
		}
	}
	if c.Flags().Changed("at") {
		if err := cfg.SetMoments(a.flags.moments); err != nil {
			return cfg, usage(err)
		}
	}
	if c.Flags().Changed("timeout") {
		if err := cfg.SetTimeout(a.flags.timeout); err != nil {
			return cfg, usage(err)
		}
	}
	if a.flags.profile != "" {
		if err := cfg.SetProfile(a.flags.profile); err != nil {
			return cfg, usage(err)
		}
	}
	return cfg, nil
}

// exactlyOneFile words the usual mistake for people.
func exactlyOneFile(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("name one file, not %d: see `%s --help`", len(args), c.CommandPath())
}

// complete gives the shell the values of a flag.
func complete(c *cobra.Command, flag string, values ...string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag was never added: a mistake in this package
	}
}

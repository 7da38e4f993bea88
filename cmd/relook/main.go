// Command relook looks at the page that a front-end developer is writing, names what is
// visibly broken on it, and repairs it with a model that runs on the same
// machine. This package is the command line: it puts the parts together and
// holds nothing that they could hold. A file per subcommand.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

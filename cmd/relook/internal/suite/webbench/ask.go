package webbench

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"relook/agent"
	"relook/cmd/relook/internal/suite"
)

// system is what the benchmark's own agent tells every model.
const system = `
# Rules
When generating new code:
1. Always produce a single code block.,2. Never separate the code into multiple code blocks.,3. Only include the code that is being added.,4. No explanation, no issue, only code.,5. Never omit any code.,6. If the user submits a code block that contains a filename in the language specifier, always include the filename in any code block you generate based on that file. The filename should be on the next line as the language specifier in your code block.,7. Don't repeat filename in code block

Always follow these guidelines when generating code responses.

# Example

Here is an example of response:

<example>
` + "```html\nfile_a.html\n<div>file_a</div>\n```\n```typescript\nsub_dir/file_b.ts\nconsole.log(\"file_b\")\n```" + `
</example>

Here are some error examples of response:

1. repeated filenames
<example>
` + "```javascript\nindex.js\nindex.js\nwindow.addEventListener('DOMContentLoaded', () => {\n    console.log('Dark mode page loaded');\n});\n```" + `
</example>

2. without filename
<example>
` + "```javascript\nwindow.addEventListener('DOMContentLoaded', () => {\n    console.log('Dark mode page loaded');\n});\n```" + `
</example>
`

// now are the files that a try begins with: the second goes on from the first.
func now(at suite.Step) map[string]string {
	if at.Last != nil {
		return at.Last
	}
	return at.Files
}

// Ask is the original's prompt: the files, the task, and what went wrong before.
func (*Suite) Ask(item suite.Item, at suite.Step) suite.Question {
	p := item.Own.(*project)
	var b strings.Builder
	files := now(at)
	names := suite.Names(files)
	for _, name := range names {
		b.WriteString("```" + name + "\n" + files[name] + "\n```")
	}
	task := p.tasks[at.Turn]
	b.WriteString(p.describe(task) + " \n Do not compress the original code in file and return full file.")
	if at.Context != "" {
		fmt.Fprintf(&b, "I got the following error, please help me to fix error and apply changes to origin files, return the full files about  %s for me. And always include filename with the absolute path in any code block you generate based on that file. \n%s", strings.Join(names, ","), at.Context)
	} else {
		b.WriteString("I only want the returned results to contain code, without any explanations.")
	}
	return suite.Question{System: system, Prompt: b.String()}
}

// describe is the task's text; the first one is told how to name files.
func (p *project) describe(t task) string {
	if t.ID != initID {
		return t.Description
	}
	text := t.Description
	if !strings.HasSuffix(strings.TrimSpace(text), ".") {
		text += "."
	}
	text += "\nAdd filename after code block.\nThe filename should appear on the line following the language specifier in your code block.\n"
	if names := suite.Names(p.begin); len(names) > 0 {
		text += "The existing files: " + strings.Join(names, ",")
	}
	return text
}

// Read takes the files out of a reply and lays them over those that there are.
// Blocks without a file name are passed over, as in the original; a reply without
// any named file can't be used.
func (*Suite) Read(_ suite.Item, at suite.Step, reply string) (map[string]string, error) {
	out := map[string]string{}
	for name, text := range now(at) {
		out[name] = text
	}
	took := 0
	for _, b := range blocks(reply) {
		clean := path.Clean(b.name)
		if b.name == "" {
			continue
		}
		if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.Contains(clean, `\`) || strings.Contains(clean, ":") {
			return nil, &agent.UnusableError{Reason: fmt.Sprintf("it names the file %.80q, which is not in the project", b.name)}
		}
		if strings.TrimSpace(b.code) == "" && out[clean] != "" {
			continue // an empty block leaves a file as it is
		}
		if ext := path.Ext(clean); (ext == ".html" || ext == ".htm") && !wholePage.MatchString(b.code) {
			return nil, &agent.UnusableError{Reason: "Please enter the full HTML codeblock with filename in the language specifier."}
		}
		out[clean] = b.code
		took++
	}
	if took == 0 {
		return nil, &agent.UnusableError{Reason: "it holds no block of code with a file name"}
	}
	return out, nil
}

type block struct{ name, code string }

var (
	fenced    = regexp.MustCompile("(?s)```(.+?)```")
	plainName = regexp.MustCompile(`^[\[\]\w,\s-]*(\.[A-Za-z]+)+$`)
	wholePage = regexp.MustCompile(`(?i)<(html|body)[\s>]`)
)

// languages are the words that may stand at a block's beginning.
var languages = strings.Fields("javascript js typescript ts python py java cpp c++ csharp c# php ruby rb go rust swift kotlin scala html css scss sass less jsx tsx vue svelte xml json yaml yml stylus styl pug ejs bash shell powershell batch sql markdown md tex latex diff ini toml dockerfile text plaintext console none")

// blocks reads a reply as the original's parser does: a language, then a name in
// the first line or the last.
func blocks(reply string) []block {
	var out []block
	for _, m := range fenced.FindAllStringSubmatch(reply, -1) {
		lines := strings.Split(strings.Trim(strings.ReplaceAll(m[1], "\r\n", "\n"), "\n"), "\n")
		if slices.Contains(languages, lines[0]) {
			lines = lines[1:]
		}
		var b block
		switch {
		case len(lines) > 0 && isName(strings.TrimPrefix(lines[0], "/")):
			b.name, lines = lines[0], lines[1:]
		case len(lines) > 0 && isName(lines[len(lines)-1]):
			b.name, lines = lines[len(lines)-1], lines[:len(lines)-1]
		}
		b.name, b.code = strings.TrimPrefix(b.name, "/"), strings.Join(lines, "\n")
		out = append(out, b)
	}
	return out
}

func isName(s string) bool {
	return plainName.MatchString(s) || s != "" && plainName.MatchString(path.Base(s)) && !strings.HasSuffix(s, "/")
}

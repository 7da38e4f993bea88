package main

import (
	"fmt"
	"strings"
	"testing/fstest"

	"relook/preview"
)

// sized is a page of about n elements that has nothing wrong with it, made of what
// pages are made of: a header with links, cards with a heading, a text and a
// button in a grid that wraps, and a table at the end.
func sized(n int) preview.Page {
	var b strings.Builder
	b.WriteString(sizedHead)
	elements := 16
	for i := 0; elements < n; i++ {
		if i%8 == 7 {
			fmt.Fprintf(&b, "<tr><td>Row %d</td><td>%d</td><td>%d</td></tr>\n", i, i*7%100, i*13%100)
			elements += 4
			continue
		}
		if i%8 == 0 {
			b.WriteString(strings.Repeat("</tbody></table>", min(i, 1)) + "<div class=\"cards\">\n")
			elements++
		}
		fmt.Fprintf(&b, "<article><h2>Plan %d</h2><p>All that a team of %d needs to <em>plan</em>, build and ship.</p><a class=\"button\" href=\"#top\">Choose plan %d</a></article>\n", i, i+2, i)
		elements += 5
		if i%8 == 6 {
			b.WriteString("</div><table><tbody>\n")
			elements += 2
		}
	}
	b.WriteString("</main></body></html>\n")
	return preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte(b.String())}}, Entry: "page.html"}
}

const sizedHead = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Plans</title>
<style>
body { margin: 0; font: 16px/1.5 sans-serif; color: #1c2430; background: #fff }
header { display: flex; flex-wrap: wrap; gap: 16px; padding: 16px 24px; background: #f2f4f8 }
header a { padding: 8px 12px; color: #1c3f94 }
main { max-width: 1040px; margin: 0 auto; padding: 24px 16px }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 24px; margin: 24px 0 }
article { padding: 20px; border: 1px solid #c9d1de; border-radius: 8px }
h2 { margin: 0 0 8px; font-size: 20px }
p { margin: 0 0 16px }
.button { display: inline-block; padding: 10px 16px; border-radius: 6px; background: #1c3f94; color: #fff; text-decoration: none }
table { width: 100%; border-collapse: collapse }
td { padding: 12px; border-bottom: 1px solid #c9d1de; text-align: left }
</style></head>
<body id="top"><header><a href="#top">Home</a><a href="#top">Plans</a><a href="#top">Docs</a><a href="#top">Blog</a></header>
<main><h1>Plans for every team</h1>
`

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A node is what of a JSON Schema relook's own schemas use.
type node struct {
	Ref         string          `json:"$ref"`
	Type        string          `json:"type"`
	Description string          `json:"description"`
	Properties  map[string]node `json:"properties"`
	Required    []string        `json:"required"`
	Items       *node           `json:"items"`
	Enum        []any           `json:"enum"`
	More        json.RawMessage `json:"additionalProperties"`
	Defs        map[string]node `json:"$defs"`
}

// typescript makes the types of a schema's definitions.
func typescript(schema []byte) ([]byte, error) {
	var root node
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("// Made by `go generate ./cmd/relook` from server/protocol/messages.go. docs/protocol.md tells what each is for.\n")
	for _, name := range slices.Sorted(maps.Keys(root.Defs)) {
		def := root.Defs[name]
		if name == "Messages" {
			continue
		}
		b.WriteString("\n")
		comment(&b, "", def.Description)
		fmt.Fprintf(&b, "export interface %s {\n", name)
		for _, key := range slices.Sorted(maps.Keys(def.Properties)) {
			property, optional := def.Properties[key], "?"
			if slices.Contains(def.Required, key) {
				optional = ""
			}
			comment(&b, "  ", property.Description)
			fmt.Fprintf(&b, "  %s%s: %s;\n", key, optional, property.typescript())
		}
		b.WriteString("}\n")
	}
	return []byte(b.String()), nil
}

func comment(b *strings.Builder, indent, text string) {
	if text != "" {
		fmt.Fprintf(b, "%s/** %s */\n", indent, strings.Join(strings.Fields(text), " "))
	}
}

func (n node) typescript() string {
	switch {
	case n.Ref != "":
		return strings.TrimPrefix(n.Ref, "#/$defs/")
	case len(n.Enum) > 0:
		var list []string
		for _, v := range n.Enum {
			b, err := json.Marshal(v)
			if err != nil {
				panic(err) // it was read from JSON
			}
			list = append(list, string(b))
		}
		return strings.Join(list, " | ")
	case n.Items != nil:
		inner := n.Items.typescript()
		if strings.Contains(inner, " ") {
			inner = "(" + inner + ")"
		}
		return inner + "[]"
	case n.Type == "integer":
		return "number"
	case n.Type == "object":
		var value node
		if json.Unmarshal(n.More, &value) == nil && value.typescript() != "unknown" {
			return "Record<string, " + value.typescript() + ">"
		}
		return "Record<string, unknown>"
	case n.Type != "":
		return n.Type
	}
	return "unknown"
}

package main

import "strings"

// A record is what one arm made of one item.
type record struct {
	Item  string `json:"item"`
	Set   string `json:"set"`
	Arm   string `json:"arm"`
	Model string `json:"model,omitempty"`
	Page  string `json:"page"` // hash of the page, to tell when it is another

	Operators []string `json:"operators,omitempty"`
	HeldOut   bool     `json:"heldOut,omitempty"`
	Content   bool     `json:"content,omitempty"`

	Before     int     `json:"before"` // defects worth a repair at the usual views
	After      int     `json:"after"`
	CostBefore float64 `json:"costBefore"`
	CostAfter  float64 `json:"costAfter"`
	// Full says that nothing is left of what was put in, or of all defects of a
	// page that is no mutant, and nothing is worse.
	Full  bool   `json:"full"`
	Worse string `json:"worse,omitempty"` // in what the page is worse, "" if it is not
	// Left are the rules of the defects that are left.
	Left    []string          `json:"left,omitempty"`
	Tokens  int               `json:"tokens"`
	Millis  float64           `json:"ms"` // wall time of the refinement
	Stopped bool              `json:"stopped,omitempty"`
	Files   map[string]string `json:"files,omitempty"` // what it wrote
	Tests   *testResult       `json:"tests,omitempty"` // of the draft's Playwright tests
}

func (r record) key() string { return strings.Join([]string{r.Item, r.Arm, r.Model, r.Page}, "\n") }

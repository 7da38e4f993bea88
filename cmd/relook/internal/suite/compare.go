package suite

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Compared is two runs, item by item.
type Compared struct {
	Suite  string         `json:"suite"`
	Metric string         `json:"metric"`
	Items  []ComparedItem `json:"items"` // that both have, the greatest loss first
	// OnlyFirst and OnlySecond are items that only one run has a number for.
	OnlyFirst  []string `json:"onlyFirst,omitempty"`
	OnlySecond []string `json:"onlySecond,omitempty"`
	More       int      `json:"more"`
	Same       int      `json:"same"`
	Less       int      `json:"less"`
	Change     Figure   `json:"change"`
	P          float64  `json:"p"`
}

// A ComparedItem is one item and arm in both runs.
type ComparedItem struct {
	Item   string   `json:"item"`
	Arm    string   `json:"arm"`
	First  float64  `json:"first"`
	Second float64  `json:"second"`
	Change float64  `json:"change"`
	Lost   []string `json:"lost,omitempty"` // tests that pass in the first and not in the second
}

// CompareRuns compares the runs in two folders. FOLDER:ARM takes one arm of a run,
// whatever that of the other is called. metric "" is the first by name.
func CompareRuns(a, b, metric string) (Compared, error) {
	first, armA, err := readRun(a)
	if err != nil {
		return Compared{}, err
	}
	second, armB, err := readRun(b)
	if err != nil {
		return Compared{}, err
	}
	if (armA == "") != (armB == "") {
		return Compared{}, errors.New("name an arm of both runs, or of none")
	}
	out := Compared{Suite: first[0].Suite, Metric: metric}
	if second[0].Suite != out.Suite {
		return Compared{}, fmt.Errorf("%s is a run of %s, and %s of %s: they don't compare", a, out.Suite, b, second[0].Suite)
	}
	if out.Metric == "" {
		out.Metric = mainMetric(first)
	}
	out.pair(byItem(first, armA), byItem(second, armB), armA, armB)
	if len(out.Items) == 0 {
		return Compared{}, fmt.Errorf("the runs have no item with a %s in common", out.Metric)
	}
	return out, nil
}

// mainMetric is the metric that was written as the main one.
func mainMetric(list []Record) string {
	for _, r := range list {
		if r.Main != "" {
			return r.Main
		}
	}
	return ""
}

func readRun(path string) ([]Record, string, error) {
	dir, arm := path, ""
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if i := strings.LastIndexByte(path, ':'); i > 0 {
			dir, arm = path[:i], path[i+1:]
		}
	}
	list, err := ReadRecords(dir)
	return list, arm, err
}

// ReadRecords reads the records of a run's folder.
func ReadRecords(dir string) ([]Record, error) {
	name := filepath.Join(dir, ResultsFile)
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("%s holds no run of `relook bench`: %w", dir, err)
	}
	rows := map[string]Record{}
	var order []string
	problems, err := ReadRows(name, func(_ int, r Record) error {
		if r.Suite == "" || r.Item == "" || r.Arm == "" {
			return errors.New("it is no result")
		}
		if _, ok := rows[r.Key()]; !ok {
			order = append(order, r.Key())
		}
		rows[r.Key()] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(order) == 0 {
		return nil, None("relook bench", name, problems)
	}
	var out []Record
	for _, k := range order {
		out = append(out, rows[k])
	}
	return out, nil
}

// byItem are the records that count, by item, and by arm unless one is taken.
func byItem(list []Record, arm string) map[string]Record {
	out := map[string]Record{}
	for _, r := range list {
		switch {
		case r.Error != "":
		case arm == "":
			out[r.Item+"\n"+r.Arm] = r
		case r.Arm == arm:
			out[r.Item+"\n"] = r
		}
	}
	return out
}

func (c *Compared) pair(a, b map[string]Record, armA, armB string) {
	var diffs []float64
	for _, key := range Names(a) {
		item, arm, _ := strings.Cut(key, "\n")
		if arm == "" {
			arm = armA + ", " + armB
		}
		x, okX := a[key].Score.Values[c.Metric]
		y, okY := b[key].Score.Values[c.Metric]
		if !okX || !okY {
			c.OnlyFirst = append(c.OnlyFirst, item)
			continue
		}
		i := ComparedItem{Item: item, Arm: arm, First: x, Second: y, Change: y - x, Lost: Lost(a[key].Score, b[key].Score)}
		switch {
		case i.Change > 1e-9:
			c.More++
		case i.Change < -1e-9:
			c.Less++
		default:
			c.Same++
		}
		c.Items = append(c.Items, i)
		diffs = append(diffs, i.Change)
	}
	for _, key := range Names(b) {
		if _, ok := a[key]; !ok {
			item, _, _ := strings.Cut(key, "\n")
			c.OnlySecond = append(c.OnlySecond, item)
		}
	}
	slices.SortStableFunc(c.Items, func(x, y ComparedItem) int { return cmp.Compare(x.Change, y.Change) })
	c.Change, c.P = figure(diffs, 1), PairedTest(diffs, 1)
}

// Merge puts the results of folders into dir, later ones over earlier ones, and
// returns how many there are then. A failed result never takes the place of a good
// one.
func Merge(dir string, from []string) (n int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("making the folder of results: %w", err)
	}
	results, err := OpenStore(filepath.Join(dir, ResultsFile), Record.Key, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, results.Close()) }()
	drafts, err := OpenStore(filepath.Join(dir, draftsFile), func(d draftRecord) string { return d.Key }, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, drafts.Close()) }()
	for _, part := range from {
		list, err := ReadRecords(part)
		if err != nil {
			return 0, err
		}
		for _, r := range list {
			if old, ok := results.Get(r.Key()); ok && old.Finished() && !r.Finished() {
				continue
			}
			if err := results.Add(r); err != nil {
				return 0, err
			}
		}
		_, err = ReadRows(filepath.Join(part, draftsFile), func(_ int, d draftRecord) error { return drafts.Add(d) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	return len(results.All()), nil
}

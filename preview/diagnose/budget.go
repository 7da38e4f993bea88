package diagnose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// What is looked at beyond the first reading may take this part of the time that
// is left: what was read before is worth more than what would come after.
const spendable = 0.7

// spend does a part of the work within the budget of the whole. A page that is too
// large for it is told of without that part.
func (s *site) spend(ctx context.Context, what string, work func(context.Context) error) error {
	end, bounded := ctx.Deadline()
	if !bounded {
		return work(ctx)
	}
	timed, cancel := context.WithTimeout(ctx, time.Duration(spendable*float64(time.Until(end))))
	defer cancel()
	err := work(timed)
	if errors.Is(err, context.DeadlineExceeded) && timed.Err() != nil && ctx.Err() == nil {
		s.leftOut = append(s.leftOut, what)
		return nil
	}
	return err
}

// cutWords say what the script could not look at all of, by its name for it.
var cutWords = map[string]string{
	SiblingsCollide: "At %s `siblings-collide` was looked for in a part of the page only: too many boxes lie close together.",
	"text":          "At %s only the first lines of text were measured: there are too many.",
	"points":        "At %s it was not tested everywhere what lies on top: covered-control and the like may be missing.",
}

// omitted says what was not looked at.
func (s *site) omitted() []string {
	var list []string
	for i, r := range s.readings[:min(len(s.readings), len(s.tabs))] {
		for _, what := range r.Cut {
			list = append(list, fmt.Sprintf(cutWords[what], s.views[i].Name()))
		}
	}
	list = append(list, s.leftOut...)
	slices.Sort(list)
	return slices.Compact(list)
}

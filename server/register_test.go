package server_test

import (
	"encoding/json"
	"testing"

	"relook/server/servertest"
)

// An editor that takes no registration for changed settings is asked for none:
// Emacs warns of each.
func TestRegistersOnlyWhatIsTaken(t *testing.T) {
	for _, dynamic := range []bool{false, true} {
		registered, configured := make(chan string, 1), make(chan bool, 1)
		e := &servertest.Editor{Answer: func(method string, params json.RawMessage) (any, *servertest.Error) {
			switch method {
			case "client/registerCapability":
				registered <- string(params)
			case "workspace/configuration":
				select {
				case configured <- true:
				default:
				}
				return []any{nil}, nil
			}
			return nil, nil
		}}
		s := workspace(t, config(), e, object{"capabilities": object{"workspace": object{
			"configuration": true, "didChangeConfiguration": object{"dynamicRegistration": dynamic}}}}, nil)
		select {
		case <-configured: // which is asked after registering
		case <-s.ctx().Done():
			t.Fatal("the settings are never asked for")
		}
		if got := len(registered) == 1; got != dynamic {
			t.Errorf("dynamicRegistration is %v, and registered is %v", dynamic, got)
		}
	}
}

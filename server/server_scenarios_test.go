package server_test

import (
	"testing"

	"relook/server/servertest"
)

// The same scenarios run with a real browser in cmd/relook.
func TestScenarios(t *testing.T) { servertest.Scenarios(t, "testdata", config) }

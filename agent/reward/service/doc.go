// Package service serves the reward over HTTP, one sample or many at once, so that
// any trainer can use it: it describes itself (OpenAPI 3.1 at /openapi.json), says
// whether it is well (/healthz), and counts (/metrics, for Prometheus). It keeps no
// state between requests, so more of it can run next to each worker.
//
// A sample is another's page: size, number and time are limited, and a request of a
// web page in a browser is refused.
package service

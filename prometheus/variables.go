package prometheus

import (
	"fmt"
	"regexp"
)

// values are what stands in the place of variables: those that Grafana knows by
// itself, and everything for those of a dashboard.
func values(own []variable) map[string]string {
	out := map[string]string{
		"__rate_interval": "1m",
		"__interval":      "30s",
		"__range":         "5m",
	}
	for _, v := range own {
		out[v.Name] = ".+"
	}
	return out
}

// named is a variable: $name, ${name} or ${name:format}.
var named = regexp.MustCompile(`\$(?:(\w+)|\{(\w+)(?::\w+)?\})`)

// substitute puts values in the place of variables. A variable without a value
// is an error: Grafana would send its name to Prometheus as it stands.
func substitute(text string, values map[string]string) (string, error) {
	var unknown error
	out := named.ReplaceAllStringFunc(text, func(found string) string {
		m := named.FindStringSubmatch(found)
		value, known := values[m[1]+m[2]]
		if !known {
			unknown = fmt.Errorf("%s is no variable of the dashboard", found)
		}
		return value
	})
	return out, unknown
}

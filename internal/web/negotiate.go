package web

import (
	"strconv"
	"strings"
)

// prefersGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip is accepted, by
// name or by *, and weighs at least as much as no encoding does. Without the
// field everything would do; no encoding is what every client can read.
func prefersGzip(fields []string) bool {
	gzip, identity, rest := -1.0, -1.0, -1.0
	for _, field := range fields {
		for item := range strings.SplitSeq(field, ",") {
			coding, parameters, _ := strings.Cut(item, ";")
			switch coding = strings.TrimSpace(coding); {
			case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
				gzip = weight(parameters)
			case strings.EqualFold(coding, "identity"):
				identity = weight(parameters)
			case coding == "*":
				rest = weight(parameters)
			}
		}
	}
	if gzip < 0 {
		gzip = rest
	}
	return gzip > 0 && gzip >= identity
}

// weight is the q of an item, 0 to 1. One that cannot be read counts as a
// refusal: no encoding is always safe.
func weight(parameters string) float64 {
	parameters = strings.TrimSpace(parameters)
	if parameters == "" {
		return 1
	}
	name, value, _ := strings.Cut(parameters, "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !strings.EqualFold(strings.TrimSpace(name), "q") || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// sameETag reads If-None-Match (RFC 9110 §13.1.2): a list of entity tags, or *.
// They are compared weakly, as that section wants.
func sameETag(fields []string, etag string) bool {
	if etag == "" {
		return false
	}
	etag = strings.TrimPrefix(etag, "W/")
	for _, list := range fields {
		for list = strings.TrimLeft(list, " \t,"); list != ""; list = strings.TrimLeft(list, " \t,") {
			if list[0] == '*' {
				return true
			}
			list = strings.TrimPrefix(list, "W/")
			end := 0
			if list != "" && list[0] == '"' {
				end = strings.IndexByte(list[1:], '"') + 2
			}
			if end < 2 {
				break // not a list of entity tags from here on
			}
			if list[:end] == etag {
				return true
			}
			list = list[end:]
		}
	}
	return false
}

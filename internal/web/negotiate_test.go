package web

import "testing"

func TestPrefersGzip(t *testing.T) {
	for _, tc := range []struct {
		fields []string
		want   bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"gzip"}, true},
		{[]string{"GZip"}, true},
		{[]string{"x-gzip"}, true},
		{[]string{"gzip, deflate, br, zstd"}, true},
		{[]string{"br", "gzip"}, true},
		{[]string{"deflate;q=1.0 , gzip ; q=0.5"}, true},
		{[]string{"gzip;q=0"}, false},
		{[]string{"gzip;q=0.000, *"}, false},
		{[]string{"*"}, true},
		{[]string{"*;q=0"}, false},
		{[]string{"identity"}, false},
		{[]string{"identity, gzip;q=0.5"}, false},
		{[]string{"identity;q=0.5, gzip"}, true},
		{[]string{"identity;q=0, gzip;q=0.1"}, true},
		{[]string{"gzip;q=2"}, false},
		{[]string{"gzip;q=NaN"}, false},
		{[]string{"gzip;q=-1"}, false},
		{[]string{"gzip;p=1"}, false},
		{[]string{"gzipped"}, false},
		{[]string{"not-gzip"}, false},
	} {
		if got := prefersGzip(tc.fields); got != tc.want {
			t.Errorf("%q: %v", tc.fields, got)
		}
	}
}

func TestSameETag(t *testing.T) {
	for _, tc := range []struct {
		fields []string
		etag   string
		want   bool
	}{
		{nil, `"a"`, false},
		{[]string{`"a"`}, `"a"`, true},
		{[]string{`W/"a"`}, `"a"`, true},
		{[]string{`"a"`}, `W/"a"`, true},
		{[]string{`"b", W/"a"`}, `W/"a"`, true},
		{[]string{`"b"`, `"a"`}, `"a"`, true},
		{[]string{`"b","c" , "a"`}, `"a"`, true},
		{[]string{`, "a"`}, `"a"`, true},
		{[]string{`"a,b"`}, `"a,b"`, true},
		{[]string{`*`}, `"a"`, true},
		{[]string{` *`}, `"a"`, true},
		{[]string{`*`}, ``, false},
		{[]string{`"aa"`}, `"a"`, false},
		{[]string{`a`}, `"a"`, false},
		{[]string{`"a`}, `"a"`, false},
		{[]string{`W/`}, `"a"`, false},
		{[]string{`"`}, `"a"`, false},
		{[]string{``}, `"a"`, false},
	} {
		if got := sameETag(tc.fields, tc.etag); got != tc.want {
			t.Errorf("%q against %s: %v", tc.fields, tc.etag, got)
		}
	}
}

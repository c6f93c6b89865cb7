package golden

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
)

// number is a JSON number, or a string that holds one or a fraction. It is exact.
type number struct{ *big.Rat }

func (n *number) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "null" {
		return nil
	}
	r, ok := new(big.Rat).SetString(strings.TrimSpace(strings.TrimSuffix(text, "%")))
	if !ok {
		return fmt.Errorf("%s is not a number", data)
	}
	n.Rat = r
	return nil
}

// or is the number, or what stands for one that is absent or null.
func (n number) or(absent *big.Rat) *big.Rat {
	if n.Rat == nil {
		return absent
	}
	return n.Rat
}

// share is a percentage as a share of one.
func (n number) share(absent *big.Rat) *big.Rat {
	if n.Rat == nil {
		return absent
	}
	return new(big.Rat).Quo(n.Rat, big.NewRat(100, 1))
}

// span is a number of seconds as a length of time, to the nanosecond.
func (n number) span() (time.Duration, error) {
	if n.Rat == nil {
		return 0, nil
	}
	ns := new(big.Rat).Mul(n.Rat, big.NewRat(int64(time.Second), 1))
	if !ns.IsInt() || !ns.Num().IsInt64() {
		return 0, fmt.Errorf("%s s is no whole number of nanoseconds", n.RatString())
	}
	return time.Duration(ns.Num().Int64()), nil
}

// count is a number of things, however it is spelled: 3, "3" or 3.0.
func (n number) count() (int64, error) {
	whole := n.or(new(big.Rat))
	if !whole.IsInt() || !whole.Num().IsInt64() {
		return 0, fmt.Errorf("%s is not a number of things", whole.RatString())
	}
	return whole.Num().Int64(), nil
}

// spans reads several numbers of seconds.
func spans(numbers ...number) ([]time.Duration, error) {
	list := make([]time.Duration, len(numbers))
	for i, n := range numbers {
		d, err := n.span()
		if err != nil {
			return nil, err
		}
		list[i] = d
	}
	return list, nil
}

// interval is {"from", "to"} or {"start", "end"}; absent ends are open.
type interval struct{ From, To, Start, End *time.Time }

// in is the interval as a span, with the window's ends for its open ones.
func (i interval) in(window calendar.Span) calendar.Span {
	span := window
	for _, from := range []*time.Time{i.From, i.Start} {
		if from != nil {
			span.From = *from
		}
	}
	for _, to := range []*time.Time{i.To, i.End} {
		if to != nil {
			span.To = *to
		}
	}
	return span
}

// length reads "5m", "1d" and the like.
func length(text string) (time.Duration, error) {
	units := map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
	if len(text) < 2 {
		return 0, fmt.Errorf("%q is not a length of time such as 5m", text)
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	unit, known := units[text[len(text)-1:]]
	if err != nil || !known {
		return 0, fmt.Errorf("%q is not a length of time such as 5m", text)
	}
	return time.Duration(n) * unit, nil
}

// decode reads a vector's input. Numbers stay as they are written.
func decode(input json.RawMessage, into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(input)))
	decoder.UseNumber()
	return decoder.Decode(into)
}

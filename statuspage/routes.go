package statuspage

import (
	"strings"
	"time"

	"github.com/upheld/upheld/internal/calendar"
	"github.com/upheld/upheld/internal/uptime"
)

// eager are the documents that everybody polls: they are made with the
// edition.
func (b *book) eager() map[string]*Document {
	docs := fixed(b.now)
	docs["/"] = b.homeDocument()
	for path, answer := range b.apiV2() {
		docs[path] = b.json(answer)
	}
	return docs
}

// span is the time that a page needs a ledger of; false where the page needs
// none but the present one, or where there is no such page.
func (b *book) span(path string) (calendar.Span, bool) {
	if day, ok := b.dayOf(path); ok {
		return day.Span, true
	}
	return b.monthOf(path)
}

// document makes the page at path, or nil where there is none. The book's
// ledger covers span(path).
func (b *book) document(path string) *Document {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch path {
	case atomPath:
		return b.atomDocument()
	case rssPath:
		return b.rssDocument()
	case calendarPath:
		return b.calendarDocument()
	case planListPath:
		return b.page(planListPage(b.planList(), beside()))
	}
	if doc := b.promisesDocument(path); doc != nil {
		return doc
	}
	switch kind {
	case "method":
		if rest == "" && path == "/method" {
			return b.page(methodPage(b.method(), beside()))
		}
	case "subscribe":
		if path == subscribePath && b.in.Subscribing {
			return b.subscribeDocument()
		}
	case "history":
		if path == "/history" {
			return b.page(historyPage(b.historyPage(calendar.MonthAt(b.now, b.zone)), beside()))
		}
		if month, ok := b.monthOf(path); ok {
			return b.page(historyPage(b.historyPage(month), beside()))
		}
	case "days":
		if day, ok := b.dayOf(path); ok {
			return b.page(dayPage(b.dayPage(day), beside()))
		}
	case "components":
		id, asJSON := strings.CutSuffix(rest, ".json")
		if c, known := b.component(uptime.ComponentID(id)); known {
			if asJSON {
				return b.json(b.componentNumbers(c))
			}
			return b.page(workingPage(b.componentWorking(c), beside()))
		}
	case "services":
		id, asJSON := strings.CutSuffix(rest, ".json")
		if s, known := b.service(uptime.ServiceID(id)); known {
			if asJSON {
				return b.json(b.serviceNumbers(s))
			}
			return b.page(workingPage(b.serviceWorking(s), beside()))
		}
	}
	return nil
}

// dayOf reads "/days/2026-11-21": a day that has begun and is not before the
// first record.
func (b *book) dayOf(path string) (calendar.Day, bool) {
	text, is := strings.CutPrefix(path, "/days/")
	if !is {
		return calendar.Day{}, false
	}
	date, err := calendar.ParseDate(text)
	if err != nil {
		return calendar.Day{}, false
	}
	day := calendar.DayOn(date, b.zone)
	return day, !day.Empty() && b.recorded(day.Span)
}

// monthOf reads "/history/2026-11", likewise.
func (b *book) monthOf(path string) (calendar.Span, bool) {
	text, is := strings.CutPrefix(path, "/history/")
	if !is {
		return calendar.Span{}, false
	}
	at, err := time.Parse("2006-01", text)
	if err != nil {
		return calendar.Span{}, false
	}
	month := calendar.Month(at.Year(), at.Month(), b.zone)
	return month, b.recorded(month)
}

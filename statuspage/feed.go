package statuspage

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"github.com/upheld/upheld/internal/uptime"
)

// Addresses of the feeds.
const (
	atomPath = "/history.atom"
	rssPath  = "/history.rss"
)

// Content types of the feeds.
const (
	typeAtom = "application/atom+xml; charset=utf-8"
	typeRSS  = "application/rss+xml; charset=utf-8"
)

// FeedEntry is an incident in a feed: everything that was said of it.
type FeedEntry struct {
	Incident Incident
	Review   Words
	Waived   string
	Affects  string // components, in a sentence
}

// atomFeed is gorilla's feed with a second link: readers ask for the one that
// names the feed itself, and the library has room for one.
type atomFeed struct {
	*feeds.AtomFeed
	Links []feeds.AtomLink `xml:"link"` // hides AtomFeed.Link
}

// FeedXml is the value that is written.
//
//nolint:revive,staticcheck // the name is the library's
func (a atomFeed) FeedXml() any { return a }

// atomDocument is the Atom feed: an entry for each incident, with all that was
// said of it, what changed last first.
func (b *book) atomDocument() *Document {
	feed := b.feed(func(title string) string { return title })
	atom := (&feeds.Atom{Feed: feed}).AtomFeed()
	atom.Id = b.tag("Feed", "history")
	for i, item := range feed.Items {
		atom.Entries[i].Published = item.Created.UTC().Format(time.RFC3339)
	}
	return b.xml(typeAtom, atomFeed{atom, []feeds.AtomLink{
		{Href: b.address(atomPath), Rel: "self", Type: "application/atom+xml"},
		{Href: b.address("/"), Rel: "alternate", Type: "text/html"},
	}})
}

// rssDocument is the same as RSS. Nobody has settled whether its titles are
// text or HTML, so none begins a tag.
func (b *book) rssDocument() *Document {
	feed := b.feed(func(title string) string { return strings.ReplaceAll(title, "<", "&lt;") })
	for _, item := range feed.Items {
		item.Description, item.Content = item.Content, ""
	}
	rss := (&feeds.Rss{Feed: feed}).RssFeed()
	rss.Language, rss.ManagingEditor = "en", "" // an editor is a mail address there
	return b.xml(typeRSS, rss)
}

func (b *book) xml(contentType string, feed feeds.XmlFeed) *Document {
	// The values are our own types of strings.
	body, err := feeds.ToXML(feed)
	if err != nil {
		panic(fmt.Sprintf("statuspage: writing XML: %v", err))
	}
	return newDocument(contentType, []byte(body), b.now)
}

// feed is what both feeds tell. Only news changes it, not the time.
func (b *book) feed(title func(string) string) *feeds.Feed {
	page := b.frame("")
	name := title(page.Name + page.Suffix)
	out := &feeds.Feed{
		Title: name + ": incidents and planned work", Link: &feeds.Link{Href: b.address("/")},
		Description: "What went wrong, what is planned, and what was said of it.",
		Author:      &feeds.Author{Name: page.Name},
		Updated:     b.beginning(),
	}
	if b.began.IsZero() {
		out.Updated = time.Unix(0, 0) // nothing has happened; now would be news
	}
	for _, news := range b.news() {
		out.Updated = uptime.Later(out.Updated, news.at)
		if news.plan != nil {
			out.Items = append(out.Items, b.planItem(*news.plan, title))
			continue
		}
		inc := *news.incident
		out.Items = append(out.Items, &feeds.Item{
			Title: title(isolate(inc.Title)), Link: &feeds.Link{Href: b.address(incidentAddress(inc.ID))},
			Id: b.tag("Incident", string(inc.ID)), IsPermaLink: "false",
			Created: inc.PublishedAt.UTC(), Updated: newsAt(inc).UTC(), Content: b.feedContent(inc),
		})
	}
	out.Updated = out.Updated.UTC()
	return out
}

// news is an incident or a plan, and when something new was told of it.
type news struct {
	at, began time.Time
	incident  *uptime.Incident
	plan      *uptime.Plan
}

// news is what a feed tells of: what has news last first, as much as Statuspage
// lists of one kind.
func (b *book) news() []news {
	var all []news
	for i := range b.in.Incidents {
		inc := &b.in.Incidents[i]
		all = append(all, news{newsAt(*inc), inc.StartedAt, inc, nil})
	}
	for i := range b.in.Plans {
		p := &b.in.Plans[i]
		all = append(all, news{planNewsAt(*p), p.Now().From, nil, p})
	}
	slices.SortStableFunc(all, func(x, y news) int { return cmp.Or(y.at.Compare(x.at), y.began.Compare(x.began)) })
	return all[:min(len(all), mostIncidents)]
}

// newsAt is when something new was told of an incident.
func newsAt(inc uptime.Incident) time.Time { return uptime.Later(inc.PublishedAt, changed(inc)) }

// tag is an identity that outlives addresses (RFC 4151). Its year is that in
// which the form was chosen, and never changes.
func (b *book) tag(kind, id string) string {
	host := "localhost"
	if u, err := url.Parse(b.address("")); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return "tag:" + host + ",2026:" + kind + "/" + id
}

func (b *book) feedContent(inc uptime.Incident) string {
	dated := *b
	dated.clock.now = time.Time{} // a feed is read on any day, so every time names its own
	entry := FeedEntry{Incident: dated.incident(inc)}
	entry.Incident.Next, entry.Incident.Duration = nil, "" // these change without news
	names := make([]string, 0, len(inc.Components))
	for _, link := range entry.Incident.Components {
		names = append(names, link.Text)
	}
	entry.Affects = list(names, manyNames)
	if !inc.Postmortem.PublishedAt.IsZero() {
		entry.Review = b.wordsOf(inc.Postmortem.Body, false)
	} else {
		entry.Waived = isolate(inc.Postmortem.Waived)
	}
	var out strings.Builder
	if err := feedEntry(entry).Render(context.Background(), &out); err != nil {
		panic(fmt.Sprintf("statuspage: rendering into memory: %v", err))
	}
	return out.String()
}

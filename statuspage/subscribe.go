package statuspage

import (
	"context"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/upheld/upheld/internal/uptime"
	"github.com/upheld/upheld/static"
)

// SubscribePage is the form for whoever is no subscriber yet.
type SubscribePage struct {
	Frame
	Address string
	Fault   string // what is wrong with the address; empty: nothing
	Choice  ChoiceForm
}

// ChoiceForm is the part of a form that picks components and kinds of news.
type ChoiceForm struct {
	Some            bool // only the picked components
	Groups          []OptionGroup
	News            []Option
	ComponentsFault string
	NewsFault       string
	Zone            string // as typed
	ZoneFault       string
}

// OptionGroup is a heading with its options.
type OptionGroup struct {
	Name    string
	Options []Option
}

// Option is one box to tick.
type Option struct {
	Value, Text string
	Ticked      bool
}

// SubscriptionPage is a subscription as its subscriber sees it.
type SubscriptionPage struct {
	Frame
	Step    SubscriptionStep
	Webhook bool
	Address string
	About   string // "all components, and those to come"
	News    string // "incidents and maintenance"
	Action  string // where the button of the page posts to
	Manage  string // address of the choice; empty: no link to it
	Leave   string // address of leaving; likewise
	Secret  string
	Saved   bool
	Choice  ChoiceForm
}

const subscribePath = "/subscribe"

// subscribeDocument is the empty form. It is the same for everybody.
func (b *book) subscribeDocument() *Document {
	form := SubscriptionForm{Choice: Choice{News: []uptime.News{uptime.NewsIncidents, uptime.NewsMaintenance}}}
	doc := b.page(subscribePage(b.subscribePage(form), beside()))
	doc.CSP = formPolicy(static.Stylesheet())
	return doc
}

func (b *book) subscribePage(form SubscriptionForm) SubscribePage {
	page := SubscribePage{Frame: b.frame("Subscribe"), Address: form.Address}
	page.Fault = firstFault(form.Faults, FaultAddress, FaultWebhook)
	page.Choice = b.choiceForm(form.Choice, form.Some, form.Faults)
	return page
}

func (b *book) choiceForm(choice Choice, some bool, faults []Fault) ChoiceForm {
	form := ChoiceForm{
		Some:            some,
		ComponentsFault: firstFault(faults, FaultComponents),
		NewsFault:       firstFault(faults, FaultNews),
		Zone:            choice.Zone,
		ZoneFault:       firstFault(faults, FaultZone),
	}
	for _, kind := range uptime.AllNews {
		option := Option{Value: string(kind), Text: newsWords(kind), Ticked: slices.Contains(choice.News, kind)}
		form.News = append(form.News, option)
	}
	for _, c := range b.in.Catalogue.Components {
		i := slices.IndexFunc(form.Groups, func(g OptionGroup) bool { return g.Name == isolate(c.Group) })
		if i < 0 {
			i = len(form.Groups)
			form.Groups = append(form.Groups, OptionGroup{Name: isolate(c.Group)})
		}
		option := Option{Value: string(c.ID), Text: isolate(c.Name), Ticked: slices.Contains(choice.Components, c.ID)}
		form.Groups[i].Options = append(form.Groups[i].Options, option)
	}
	return form
}

// firstFault is the sentence about the first of these faults that was found.
func firstFault(found []Fault, of ...Fault) string {
	for _, fault := range of {
		if slices.Contains(found, fault) {
			return faultWords(fault)
		}
	}
	return ""
}

func faultWords(fault Fault) string {
	switch fault {
	case FaultAddress:
		return "This is neither a mail address nor an address that begins with https://. Write it as in name@example.org."
	case FaultWebhook:
		return "We may not call this address. A webhook needs a public https:// address."
	case FaultComponents:
		return "Tick at least one component, or choose all of them."
	case FaultNews:
		return "Tick at least one kind of news."
	case FaultZone:
		return "There is no such time zone. Write it as in Europe/Vienna, or leave it empty."
	}
	return "This cannot be taken as it is."
}

// newsWords say what a subscriber is told by this kind of news.
func newsWords(kind uptime.News) string {
	switch kind {
	case uptime.NewsIncidents:
		return "Incidents: when something breaks, what we know, when it is over"
	case uptime.NewsMaintenance:
		return "Maintenance: planned work, before it begins"
	case uptime.NewsReports:
		return "Reports: how the promises were kept, after each period"
	}
	return string(kind)
}

// subscription turns what is known of a subscription into its page.
func (b *book) subscription(view SubscriptionView) SubscriptionPage {
	page := SubscriptionPage{
		Frame: b.frame(subscriptionTitle(view.Step)), Step: view.Step, Webhook: view.Kind == uptime.ToWebhook,
		Address: view.Address, About: b.about(view.Choice), News: newsList(view.Choice.News),
		Secret: view.Secret, Saved: view.Saved,
		Choice: b.choiceForm(view.Choice, view.Some || len(view.Choice.Components) > 0, view.Faults),
	}
	if view.ManageWord != "" {
		page.Manage = "/subscribe/manage/" + url.PathEscape(view.ManageWord)
	}
	if view.LeaveWord != "" {
		page.Leave = "/unsubscribe/" + url.PathEscape(view.LeaveWord)
	}
	switch view.Step {
	case StepConfirm:
		page.Action = "/subscribe/confirm/" + url.PathEscape(view.Word)
	case StepManage:
		page.Action = "/subscribe/manage/" + url.PathEscape(view.Word)
	case StepLeave:
		page.Action = "/unsubscribe/" + url.PathEscape(view.Word)
	case StepConfirmed, StepLeft:
	}
	return page
}

func subscriptionTitle(step SubscriptionStep) string {
	switch step {
	case StepConfirm:
		return "Confirm your subscription"
	case StepConfirmed:
		return "You are subscribed"
	case StepManage:
		return "Your subscription"
	case StepLeave:
		return "Unsubscribe"
	case StepLeft:
	}
	return "You have unsubscribed"
}

// about says which components a choice is about. What is not watched any more
// is named by its id.
func (b *book) about(choice Choice) string {
	if len(choice.Components) == 0 {
		return "all components, and those to come"
	}
	names := make([]string, 0, len(choice.Components))
	for _, link := range b.affected(choice.Components) {
		names = append(names, link.Text)
	}
	return list(names, manyNames)
}

func newsList(kinds []uptime.News) string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
	}
	return list(words, len(uptime.AllNews))
}

// book is that of the newest edition.
func (p *Publisher) book() *book { return p.current(context.Background()).book }

// private makes a document for one reader. Nobody keeps it, it is told no age,
// and it is not compressed: it may hold a secret.
func (p *Publisher) private(status int, page templ.Component) *Document {
	return &Document{
		Status:       status,
		ContentType:  typeHTML,
		Body:         write(page, 16<<10),
		CacheControl: "no-store",
		CSP:          formPolicy(static.Stylesheet()),
	}
}

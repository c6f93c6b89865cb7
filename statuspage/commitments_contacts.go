package statuspage

import (
	"net/url"

	"github.com/upheld/upheld/internal/commitment"
	"github.com/upheld/upheld/internal/uptime"
)

// contactGroups are how somebody is reached, by the promises that say so.
func (b *book) contactGroups(register []uptime.Standing) []ContactGroup {
	var out []ContactGroup
	for _, st := range register {
		c := st.Commitment
		if len(c.Contacts) == 0 {
			continue
		}
		out = append(out, ContactGroup{
			Anchor: "contact-" + url.PathEscape(string(c.ID)), ID: isolate(string(c.ID)), Path: commitmentPath(c.ID),
			Says: isolate(c.Says), Open: b.opening(st), Contacts: b.contactViews(c.Contacts),
		})
	}
	return out
}

func (b *book) contactViews(contacts []uptime.Contact) []ContactView {
	out := make([]ContactView, len(contacts))
	for i, c := range contacts {
		v := ContactView{
			Role: isolate(c.Role), Region: b.regionName(uptime.RegionID(c.Region)), Phone: isolate(c.Phone),
			Mail: isolate(c.Mail), MailLink: mailLink(c.Mail), Site: isolate(c.URL), Hours: isolate(c.Hours),
			Doubts: commitment.Doubts(c),
		}
		if dial, _ := commitment.Phone(c.Phone); dial != "" {
			v.PhoneLink = "tel:" + dial
		}
		if link := safeLink(c.URL); link != "" && link[0] != '/' {
			v.SiteLink = link
		}
		out[i] = v
	}
	return out
}

// regionName is a region's name; its id where it is not configured.
func (b *book) regionName(id uptime.RegionID) string {
	for _, r := range b.in.Catalogue.Regions {
		if r.ID == id && r.Name != "" {
			return isolate(r.Name)
		}
	}
	return isolate(string(id))
}

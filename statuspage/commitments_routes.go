package statuspage

import (
	"strings"

	"github.com/upheld/upheld/internal/uptime"
)

// promisesDocument makes a page about promises, or nil where path is none.
func (b *book) promisesDocument(path string) *Document {
	switch path {
	case commitmentsPath:
		return b.page(commitmentsPageView(b.commitmentsPage(), beside()))
	case commitmentsPath + ".json":
		return b.json(b.commitmentsJSON())
	case honestyPath:
		return b.page(honestyPageView(b.honestyPage(), beside()))
	case honestyPath + ".json":
		return b.json(b.honestyJSON())
	}
	id, is := strings.CutPrefix(path, commitmentsPath+"/")
	if !is {
		return nil
	}
	if st, known := b.standingOf(uptime.CommitmentID(id)); known {
		return b.page(promisePageView(b.promisePage(st), beside()))
	}
	if id, asJSON := strings.CutSuffix(id, ".json"); asJSON {
		if st, known := b.standingOf(uptime.CommitmentID(id)); known {
			return b.json(b.promiseJSON(st))
		}
	}
	return nil
}

package words

import "strings"

// Titles are the describes around what is printed. The zero value is ready to use.
type Titles struct {
	Path    []string        // the current describe
	printed map[string]bool // the describes whose why is printed
}

// Enter enters a describe: it calls heading for each title that differs from the current ones, the outermost first.
// After a nested describe, that includes the title of its parent. Each why is passed the first time only.
func (t *Titles) Enter(path, whys []string, heading func(depth int, title, why string)) {
	same := 0
	// Never all of them: the promises that follow need a heading of their own describe.
	for same < len(path)-1 && same < len(t.Path) && path[same] == t.Path[same] {
		same++
	}
	for i := same; i < len(path); i++ {
		why, key := "", strings.Join(path[:i+1], "\x00")
		if i < len(whys) && !t.printed[key] {
			why = whys[i]
		}
		if t.printed == nil {
			t.printed = map[string]bool{}
		}
		t.printed[key] = true
		heading(i, path[i], why)
	}
	t.Path = path
}

package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/upheld/upheld/internal/keys"
)

// secretFile is the installation's secret in the data folder, where the
// configuration gives none.
const secretFile = "secret"

// openKeys makes the ring of keys out of the configuration's secret, or out of
// the one in the data folder, which is made at the first start. Links in
// messages that were sent depend on it, so it is never replaced.
func openKeys(secret, data string) (*keys.Ring, error) {
	if secret != "" {
		return keys.New(secret)
	}
	path := filepath.Join(data, secretFile)
	if err := makeData(data); err != nil {
		return nil, err
	}
	text, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		text = keys.Generate()
		err = writeSecret(path, text)
	}
	if err != nil {
		return nil, fmt.Errorf("the installation's secret: %w; let this user read and write it, or give one as secret: in the configuration", err)
	}
	ring, err := keys.New(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; put the former one back, or remove the file to have another made (links that were sent stop working)", path, err)
	}
	return ring, nil
}

func readSecret(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 4096))
	return string(text), err
}

// writeSecret puts the secret on the disk, whole or not at all, for its owner
// alone.
func writeSecret(path, text string) error {
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	// A link fails where a file exists: of two processes that start at once, both
	// go on with the first one's secret.
	if err := os.Link(path+".new", path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Remove(path + ".new")
}

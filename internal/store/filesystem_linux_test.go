package store

import "testing"

func TestNetworkFilesystems(t *testing.T) {
	if name := networkFilesystem(t.TempDir()); name != "" {
		t.Errorf("the test's own folder lies on %s", name)
	}
	// statfs(2): NFS_SUPER_MAGIC; a 64-bit field may carry a sign that the
	// constant has not.
	if networkFilesystems[0x6969] != "NFS" || networkFilesystems[uint32(int64(-11317950)&0xffffffff)] != "CIFS" {
		t.Error("NFS and CIFS are not known")
	}
}

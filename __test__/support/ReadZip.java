import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Enumeration;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Reads every entry of an archive in Java's two ways: by the central directory (ZipFile) and by the local
 * headers, front to back (ZipInputStream). Ends with an exception when either fails or the two disagree.
 */
public class ReadZip {
    public static void main(String[] args) throws IOException {
        TreeMap<String, String> byDirectory = byDirectory(args[0]);
        TreeMap<String, String> byStream = byStream(args[0]);
        if (!byDirectory.equals(byStream)) {
            throw new IOException("ZipFile and ZipInputStream disagree: " + byDirectory + " / " + byStream);
        }
        System.out.println(byDirectory.size() + " entries");
    }

    private static TreeMap<String, String> byDirectory(String path) throws IOException {
        TreeMap<String, String> contents = new TreeMap<>();
        try (ZipFile zip = new ZipFile(path)) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                try (InputStream content = zip.getInputStream(entry)) {
                    add(contents, entry, content);
                }
            }
        }
        return contents;
    }

    private static TreeMap<String, String> byStream(String path) throws IOException {
        TreeMap<String, String> contents = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(new FileInputStream(path))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                add(contents, entry, zip);
            }
        }
        return contents;
    }

    private static void add(TreeMap<String, String> contents, ZipEntry entry, InputStream content)
            throws IOException {
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
            crc.update(buffer, 0, read);
            size += read;
        }
        if (entry.getCrc() != -1 && entry.getCrc() != crc.getValue()) {
            throw new IOException(entry.getName() + ": CRC-32 does not match");
        }
        if (contents.put(entry.getName(), size + "/" + crc.getValue()) != null) {
            throw new IOException(entry.getName() + ": found twice");
        }
    }
}

"""A stream whose picture tells when it was sent: what plays it knows how far
behind it is (see web/player_page.js)."""

import time

WIDTH, HEIGHT, FPS, BITS = 320, 180, 25, 16


def time_filter(base):
    """A filter for ffmpeg that paints the time of sending, ms since `base`
    (seconds since 1970), as two rows of boxes: its bits, and their inverse."""
    box = WIDTH // BITS
    boxes = [
        f"drawbox=x={bit * box}:y={row * HEIGHT // 8}:w={box}"
        f":h={HEIGHT // 8}:t=fill:color=white"
        f":enable='eq(mod(floor(t*1000/{1 << bit}),2),{1 - row})'"
        for bit in range(BITS) for row in (0, 1)]
    return ",".join([f"setpts=(RTCTIME-{int(base * 1e6)})/(TB*1000000)",
                     *boxes, f"setpts=N/({FPS}*TB)"])


def publish(t, url, *args):
    """ffmpeg sends a picture of the time, and a sound, until it is killed;
    args: more of its arguments.  Returns the time's zero, in ms since
    1970."""
    base = int(time.time())
    t.ffmpeg("publisher", "-re", "-f", "lavfi", "-i",
             f"color=black:s={WIDTH}x{HEIGHT}:r={FPS}", "-re", "-f", "lavfi",
             "-i", "sine=r=48000", "-vf", time_filter(base), "-pix_fmt",
             "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-tune",
             "zerolatency", "-g", FPS, "-b:v", "400k", "-c:a", "aac",
             "-f", "flv", *args, url)
    return base * 1000

"""Furniture of Korean sites.  Data only.

In / Out: (rule, expression) for whole lines, see the package.
Order: not a stage; put together by `stages._patterns`.
Source: saved pages in Korean, and the forms of its papers and agencies.
"""

from __future__ import annotations

from typing import Final

FURNITURE: Final[tuple[tuple[str, str], ...]] = (
    (
        "ko-copyright",
        r".{0,30}(?:무단\s?전재|재배포\s?금지|저작권자|All rights reserved).{0,30}",
    ),
    (
        "ko-related",
        (
            r"관련\s?기사|많이\s?본\s?(?:뉴스|기사)|추천\s?(?:뉴스|기사)|인기\s?(?:뉴스|기사)|"
            r"주요\s?뉴스|이\s?시각\s?(?:주요\s?)?뉴스|실시간\s?뉴스"
        ),
    ),
    (
        "ko-toolbar",
        (
            r"공유(?:하기)?|구독(?:하기)?|좋아요(?:\s?\d{0,6})|댓글(?:\s?\d{0,6})|글자\s?크기|"
            r"인쇄(?:하기)?|스크랩|기사\s?(?:제보|원문|공유)|더\s?보기|로그인|회원가입"
        ),
    ),
    (
        "ko-photo",
        r"사진\s?=\s?.{1,40}",
    ),
    (
        "ko-copyright",
        r".{0,30}(?:무단\s?(?:전재|복제|배포)|재배포|저작권).{0,40}|[ⓒ©]\s?.{1,40}",
    ),
    (
        "ko-related",
        (
            r"(?:관련|추천|인기|주요|최신|많이\s?본|가장\s?많이\s?본|함께\s?(?:본|볼\s?만한)|"
            r"실시간|다른|이전|다음|오늘의|핫)\s?(?:뉴스|기사|콘텐츠|이슈|영상|글|소식|"
            r"랭킹)(?:\s?(?:더\s?보기|모음|TOP\s?\d{0,2}))?|(?:이\s?시각|지금|오늘의?)\s?(?:주요|"
            r"인기|많이\s?본|뜨는)\s?(?:뉴스|기사|이슈)|(?:이\s?기사를\s?)?(?:본|읽은)\s?(?:사람|"
            r"독자)[가-힣]{0,2}\s?.{0,12}"
        ),
    ),
    (
        "ko-toolbar",
        (
            r"(?:카카오톡|카톡|페이스북|트위터|네이버|밴드|URL|링크|이메일)(?:으로|로|에|을|"
            r"를)?\s?(?:공유|복사|보내기)(?:하기)?|(?:글자|글씨|폰트)\s?(?:크기)?\s?(?:설정|조절|"
            r"크게|작게|확대|축소)|가(?:\s가){1,4}|(?:본문|기사|뉴스)\s?(?:듣기|인쇄|스크랩|요약|"
            r"공유|저장|글씨.{0,8})(?:\s(?:인쇄|스크랩|공유|저장))?|사진\s?(?:확대|보기|더보기)|"
            r"(?:동영상|영상)\s?(?:보기|재생)|(?:맨\s?)?위로|목록(?:으로|보기)?|홈으로|닫기|"
            r"더\s?읽기|전체\s?(?:댓글|기사)\s?보기"
        ),
    ),
    (
        "ko-subscribe",
        (
            r".{0,20}(?:구독|채널\s?추가|팔로우|알림\s?받기)(?:하기|신청|하세요)?(?:[.!])?|"
            r".{0,16}(?:앱|어플)\s?(?:다운로드|설치|에서\s?보기).{0,12}|"
            r".{0,12}(?:기사)?\s?제보(?:는|하기|및|\s).{0,40}"
        ),
    ),
    (
        "ko-counter",
        (
            r"(?:조회(?:수)?|추천|비추천|공감|좋아요|댓글|싫어요|"
            r"공유)\s?[:：]?\s?\d[\d,]{0,8}(?:\s?(?:조회(?:수)?|추천|비추천|공감|좋아요|댓글|"
            r"싫어요|공유)\s?[:：]?\s?\d[\d,]{0,8}){0,4}|\d[\d,]{0,8}\s?(?:개의?\s?댓글|"
            r"명이\s?공감|회\s?조회)"
        ),
    ),
    (
        "ko-reporter",
        r"(?:[가-힣]{2,4}\s?(?:기자|특파원|인턴기자|선임기자)\s?)?[\w.\-]{2,30}@[\w.\-]{3,30}",
    ),
    (
        "ko-advertisement",
        r"광고|AD|\[?광고\]?|스폰서\s?(?:링크|콘텐츠)",
    ),
    (
        "ko-photo",
        r"[\[(<]?(?:사진|이미지|그래픽|자료)(?:제공)?\s?[=ㅣ|:／/]\s?.{1,40}",
    ),
    (
        "ko-navigation",
        r"(?:홈|메인|뉴스)(?:\s?[>›»]\s?[^>›».]{1,14}){1,6}",
    ),
)

#: Rules after which nothing of an article comes, on a page.
ENDS: Final = frozenset({"ko-related", "ko-copyright"})
#: Rules of headers with a list of other articles below.
LISTS: Final = frozenset({"ko-related"})
#: What makes a line that recurs a line of the site, wherever it stands in the text.
CUES: Final = (
    r"무단|재배포|저작권|구독|공유|댓글|로그인|회원|관련기사|많이 본|추천 기사|광고|제보|앱 다운|"
    r"©|ⓒ"
)
#: Those among them that sentences of articles have too: they tell a line of the site only where it is no sentence.
WEAK: Final = r"무단|공유|회원|로그인|광고|제보"
#: Lines that end an article and belong to it.
CLOSINGS: Final = r"끝|계속|(?:연합뉴스|뉴시스|뉴스1)"
